/** `deno task describe`: writes the JSON description of a folder, with a split. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isAnnotationDescription } from "../../lib/sets/described.ts";
import { jsonOf } from "../../lib/annotations/entry_json.ts";
import { A_FIFTH } from "../../lib/data/holdout.ts";
import { type Division, folds, heldOutShare } from "../../lib/data/split.ts";
import { fileSizes } from "../../lib/data/image_sizes.ts";
import { workingSize } from "../../lib/data/working_size.ts";
import { writeAtomically } from "../../lib/files.ts";
import { type Describable, describable } from "../../lib/labels/describable.ts";
import { findingsText } from "../../lib/labels/report.ts";
import { classFindings } from "../../lib/labels/split_findings.ts";
import { consoleTable } from "../../lib/report/table.ts";
import { OWN } from "../../lib/runs/recipes.ts";
import { counted } from "../../lib/words.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { userPath } from "./paths.ts";
import { print } from "./print.ts";

interface Options {
  readonly write?: string;
  readonly valShare?: number;
  readonly folds?: number;
  readonly groupBy?: RegExp;
  readonly seed: number;
}

/** The command; its help says the defaults. */
export function describeCommand(): Command {
  return newCommand("describe")
    .description(
      "Finds out what a folder or a file holds (COCO, labelme, CVAT, YOLO segmentation, Label Studio, " +
        "masks with a table of classes, or images/ and masks/) and writes a description for --data, " +
        "with a split in which rare classes are on both sides.",
    )
    .argument("<data>", "the folder, or the file of annotations", userPath)
    .option("--write <file>", "the description, JSON (default: it is printed)", userPath)
    .option(
      "--val-share <share>",
      `the share of the images that is held out (default: as the data are divided, or ${A_FIFTH.share})`,
      shareOf,
    )
    .option(
      "--folds <n>",
      "a description for each of n splits: FILE-1.json to FILE-n.json",
      whole(2),
    )
    .option(
      "--group-by <regex>",
      "images stay together in whose names its first group is the same, as frames of a video: " +
        "^(.+)_\\d+$",
      expression,
    )
    .option("--seed <n>", "of the split", whole(0), 0)
    .action(describeData);
}

function shareOf(text: string): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new RangeError(`Cannot hold out images: a share above 0 and below 1 needed, got ${text}`);
}

function expression(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (cause) {
    throw new SyntaxError(`Cannot group images: a regular expression needed, got ${text}`, {
      cause,
    });
  }
}

async function describeData(data: string, options: Options): Promise<void> {
  const { write, folds: count } = options;
  if (count !== undefined && options.valShare !== undefined) {
    throw new RangeError("Cannot divide the data: --val-share or --folds needed, got both");
  }
  if (count !== undefined && write === undefined) {
    throw new RangeError("Cannot write the folds: --write FILE needed, got none");
  }
  const files = count === undefined || write === undefined
    ? [write]
    : Array.from({ length: count }, (_, i) => write.replace(/(\.json)?$/i, `-${i + 1}.json`));
  for (const file of files) if (file !== undefined) await requireOurs(file);
  const found = await displaying(({ show }) => describable(data, show));
  print(
    `${found.format}: ${counted(found.examples.length, "image")}, ${found.classes.length} classes`,
  );
  const { words } = workingSize(await fileSizes(found.pairs), OWN.crop);
  print(`Working size in training: ${words} (train --resize changes it)`);
  if (found.findings.length > 0) print(`\n${findingsText(found.findings)}`);
  const divisions = divide(found, options);
  for (const [index, file] of files.entries()) {
    const held = divisions[index]!;
    const names = held === null ? null : held.map((index) => found.examples[index]!.name);
    const description = found.describe(dirname(file ?? userPath("description.json")), names);
    printDivision(found, new Set(held ?? found.held!));
    if (file === undefined) print(`\n${json(description)}`);
    else {
      await writeAtomically(file, json(description) + "\n");
      print(file);
    }
  }
}

/** The indices that are held out in each description; null where the data are divided already. */
function divide(
  { examples, held }: Describable,
  { valShare, folds: count, groupBy, seed }: Options,
): readonly (readonly number[] | null)[] {
  const division: Division = { seed, ...groupBy && { groupBy } };
  const parts = count !== undefined
    ? folds(examples, count, division)
    : valShare === undefined && held !== null && groupBy === undefined
    ? [null]
    : [heldOutShare(examples, valShare ?? A_FIFTH.share, division)];
  for (const part of parts) {
    if (part === null || part.length > 0 && part.length < examples.length) continue;
    throw new RangeError(
      `Cannot divide the data: images for both training and validation needed, got ` +
        `${examples.length - part.length} and ${part.length} of ${examples.length}; give another ` +
        `share, or smaller groups`,
    );
  }
  return parts;
}

function printDivision({ classes, examples }: Describable, held: ReadonlySet<number>): void {
  const imagesOf = (isHeld: boolean) =>
    classes.map((_, label) =>
      examples.filter(({ present }, i) => held.has(i) === isHeld && present.has(label)).length
    );
  const [train, val] = [imagesOf(false), imagesOf(true)];
  const rows = classes.map((name, i) => ({
    class: name,
    "images in train": train[i]!,
    "in val": val[i]!,
  }));
  print(
    `\ntrain: ${counted(examples.length - held.size, "image")}, val: ${
      counted(held.size, "image")
    }\n` +
      consoleTable(rows).trimEnd(),
  );
  const findings = classFindings(classes, train, val);
  if (findings.length > 0) print(findingsText(findings));
}

/** Refuses to write over a file that is no description. */
async function requireOurs(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const value = await jsonOf(file).catch(() => null);
  const { classes, train } = Object(value);
  if (isAnnotationDescription(value) || Array.isArray(classes) && train !== undefined) return;
  throw new RangeError(
    `Cannot write ${file}: the name of a new file or of a description needed, got one of something ` +
      `else; give another name`,
  );
}

/** JSON with short lists and objects on one line. */
function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .replaceAll(/\[[^{}[\]]*\]/g, (list) => list.length < 60 ? oneLine(list) : list)
    .replaceAll(/\{[^{}]*\}/g, (object) => object.length < 200 ? oneLine(object) : object);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replace("[ ", "[").replace(/ \]$/, "]");
}

if (import.meta.main) await main(describeCommand());
