/** `deno task check-labels`: says what is wrong with a data set before training does. */
import { type Command, Option } from "commander";
import { basename, join } from "node:path";
import { sharedImages } from "../../lib/data/apart.ts";
import type { Split } from "../../lib/data/dataset.ts";
import { suggestDescription } from "../../lib/labels/description.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { copyFindings } from "../../lib/labels/copies.ts";
import type { OnProgress } from "../../lib/progress.ts";
import { type Finding, together } from "../../lib/labels/problem.ts";
import { findingsOf, suspects, unpaired } from "../../lib/labels/findings.ts";
import { type Count, type Inspection, inspectLabels } from "../../lib/labels/inspect.ts";
import { classFindings, sharedFindings } from "../../lib/labels/split_findings.ts";
import { withRemedy } from "../../lib/remedy.ts";
import { counted } from "../../lib/words.ts";
import { showKey } from "../../lib/data/label_table.ts";
import { classFrequencies } from "../../lib/report/class_frequencies.ts";
import { dataNames } from "../../lib/sets/named.ts";
import { findingsText, inspectionText, suspectsText } from "../../lib/labels/report.ts";
import { type LabelSource, labelSource } from "./label_source.ts";
import { userPath } from "./paths.ts";
import { readingOf, withReadingOptions } from "./reading_options.ts";
import { displaying, main, newCommand } from "./command.ts";
import { print } from "./print.ts";

interface Options extends Reading {
  readonly split: Split | "both";
  readonly out?: string;
}

const SUSPECTS = 10;
const MOST_VALUES = 256;
const GREY = [170, 170, 170] as const;

/** The command; its help says the defaults. */
export function checkLabelsCommand(): Command {
  const command = newCommand("check-labels")
    .description(
      "Reads every mask and every image of a data set, and says what is wrong and " +
        "what to do; exits with 1 where training would go wrong.",
    )
    .argument("<data>", `${dataNames}, or a folder with images/ and masks/ of the same names`)
    .addOption(
      new Option("--split <split>", "which examples").choices(["train", "val", "both"])
        .default("both"),
    )
    .option("--out <folder>", "where plots of the class frequencies go (PNG and SVG)", userPath);
  return withReadingOptions(command).action(checkLabels);
}

async function checkLabels(data: string, { split, out, ...options }: Options): Promise<void> {
  if (data === "scenes") {
    print("scenes: drawn with their labels while they are read; there is no file to check");
    return;
  }
  const splits = split === "both" ? ["train", "val"] as const : [split];
  const { opened, missing } = await openSplits(data, splits, readingOf(options));
  const found = [...missing];
  if (missing.length > 0) print(findingsText(missing) + "\n");
  const inspections: Inspection[] = [];
  for (const [split, source] of opened) {
    if (source.source.format) print(`${source.source.format}\n`);
    const { findings, inspection } = await checkSplit(data, split, source, out);
    found.push(...findings);
    inspections.push(inspection);
  }
  const across = await displaying(({ show }) => acrossSplits(inspections, show));
  if (across.length > 0) print(findingsText(across) + "\n");
  found.push(...across);
  const count = (severity: "error" | "warning") =>
    counted(found.filter((finding) => finding.severity === severity).length, severity);
  const result = `${count("error")} and ${count("warning")}`;
  if (!found.some(({ severity }) => severity === "error")) {
    print(`${data}: ${result}`);
    return;
  }
  const error = new RangeError(
    `Cannot train on ${data}: needs images and labels without errors, got ${result}`,
  );
  const remedy = together(found.map((finding) => finding.remedy));
  throw remedy ? withRemedy(error, remedy) : error;
}

/** What is wrong with two splits of described data beside each other. */
async function acrossSplits(
  [train, val]: readonly Inspection[],
  onProgress: OnProgress,
): Promise<readonly Finding[]> {
  if (!train?.source.tableFor || !val?.source.tableFor) return [];
  const filesOf = ({ classes }: Inspection) => classes.map(({ files }) => files);
  const shared = sharedImages(train.source, val.source);
  return [
    ...sharedFindings(shared),
    ...shared.length > 0 ? [] : await copyFindings(train.source, val.source, onProgress),
    ...classFindings(train.source.classes, filesOf(train), filesOf(val)),
  ];
}

/** The splits that can be opened, each folder once, and what is to be said of the others. */
async function openSplits(data: string, splits: readonly Split[], reading: Reading) {
  const opened = new Map<Split, LabelSource>();
  const missing: Finding[] = [];
  const places = new Set<string>();
  let reason: unknown;
  for (const split of splits) {
    try {
      const source = await labelSource(data, split, reading);
      const place = source.plain?.images ?? split;
      if (!places.has(place)) opened.set(split, source);
      places.add(place);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reason ??= error;
      const [, title, advice] = error.message.match(/^(.*?); (.*)$/s) ?? [, error.message, ""];
      missing.push({ severity: "error", title: title!, advice: advice!, lines: [] });
    }
  }
  if (opened.size === 0) throw reason;
  return { opened, missing };
}

async function checkSplit(
  data: string,
  split: Split,
  opened: LabelSource,
  out: string | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly inspection: Inspection }> {
  const inspection = await displaying((display) => inspectLabels(opened.source, display.show));
  const found = [
    ...(opened.unpaired ? [unpaired(opened.unpaired)] : []),
    ...findingsOf(inspection),
  ];
  const worst = suspects(inspection, SUSPECTS);
  print(inspectionText(inspection) + "\n");
  if (found.length > 0) print(findingsText(found) + "\n");
  if (worst.length > 0) print(suspectsText(worst) + "\n");
  if (opened.plain) print(descriptionText(data, inspection, opened.plain) + "\n");
  if (out !== undefined) await drawFrequencies(inspection, join(out, `classes_${split}`));
  return { findings: found, inspection };
}

/** Draws the classes' frequencies, or those of raw values that nobody has described. */
async function drawFrequencies(inspection: Inspection, path: string): Promise<void> {
  const { source, classes, histograms: [histogram] } = inspection;
  const { channels = 1, values = new Map<number, Count>() } = histogram ?? {};
  const named = source.tableFor
    ? classes.map(({ pixels }, i) => [source.classes[i]!, source.palette[i]!, pixels] as const)
    : [...values].slice(0, MOST_VALUES).map(([key, { pixels }]) =>
      [showKey(key, channels), GREY, pixels] as const
    );
  if (named.length === 0) return;
  const total = named.reduce((sum, [, , pixels]) => sum + pixels, 0);
  await classFrequencies(named.map(([name, colour, pixels]) => ({
    name,
    colour,
    share: total === 0 ? 0 : pixels / total,
  }))).save(path);
  print(`${path}.png\n`);
}

function descriptionText(
  data: string,
  inspection: Inspection,
  plain: NonNullable<LabelSource["plain"]>,
): string {
  const name = basename(userPath(data));
  const beside = (split: Split) => ({
    images: `${split}/${basename(plain.images)}`,
    labels: `${split}/${basename(plain.labels)}`,
  });
  const own = plain.images === "images" ? plain : beside("train");
  const description = suggestDescription(inspection, name, own, beside("val"));
  if (!description) {
    return "No description is suggested: that needs masks of two values or more that can be read " +
      "and look neither smeared nor resized; data/README.md says how to write one.";
  }
  const json = JSON.stringify(description, null, 2)
    .replaceAll(/[{[][^{}[\]]*[}\]]/g, oneLine) // colours and folders first
    .replaceAll(/\{[^{}]*\}/g, oneLine);
  return `What the values mean is for you to say: \`deno task describe ${data} --write FILE.json\` ` +
    `writes a description with a part of the pairs held out, or write this into ` +
    `${join(data, `${name}.json`)}; then give the classes their names:\n${json}`;
}

function oneLine(json: string): string {
  return json.replaceAll(/\s*\n\s*/g, " ").replace("[ ", "[").replace(" ]", "]");
}

if (import.meta.main) await main(checkLabelsCommand());
