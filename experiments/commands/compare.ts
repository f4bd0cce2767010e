/** `deno task compare`: two evaluations side by side, image by image with the worst first. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeAtomically } from "../../lib/files.ts";
import { consoleTable } from "../../lib/report/table.ts";
import { absentClasses } from "./scores_table.ts";
import { compareEvaluations } from "../../lib/runs/compare_evaluations.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { dataPlaces, userPath } from "./paths.ts";
import { protocolWords } from "../../lib/inference/chosen_protocol.ts";
import { fileName } from "../../lib/runs/pictures.ts";
import { readEvaluation, type StoredEvaluation } from "../../lib/runs/stored_evaluation.ts";
import { isHidden } from "../../lib/listing.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { print, printError } from "./print.ts";

interface Options {
  readonly data: string;
  readonly out: string;
  readonly images: number;
}

/** The command; its help says the defaults. */
export function compareCommand(): Command {
  return newCommand("compare")
    .description(
      "Compares two evaluations of the same images: metrics and IoU by class side by side, on how " +
        "many images each is better, and pictures of those where B loses most against A.",
    )
    .argument("<evaluation-a>", "a folder that `deno task evaluate` wrote, or a run's")
    .argument("<evaluation-b>", "another one, on the same data")
    .requiredOption("--data <name>", dataNames)
    .option("--out <folder>", "where the files go", userPath, userPath("comparison"))
    .option("--images <n>", "how many images are drawn", whole(0), 8)
    .action(compare);
}

async function compare(first: string, second: string, options: Options): Promise<void> {
  const { data, out, images } = options;
  const [a, b] = [await evaluationIn(first), await evaluationIn(second)];
  const val = await namedData(data, "val", dataPlaces);
  const compared = await displaying((display) => compareEvaluations(a, b, val, display.show));
  await clear(out);
  const json = join(out, "comparison.json");
  await writeAtomically(json, JSON.stringify(compared, null, 2) + "\n");
  for (const [rank, image] of compared.images.slice(0, images).entries()) {
    const name = `${String(rank + 1).padStart(2, "0")}_${fileName(image.name)}.jpg`;
    await (await compared.picture(image)).save(join(out, "images", name));
  }
  print(`A  ${a.folder}\nB  ${b.folder}\n`);
  print(consoleTable(compared.metricRows()));
  const rows = compared.classRows();
  const scored = rows.filter((row) => row["A (%)"] !== null || row["B (%)"] !== null);
  print(consoleTable(scored));
  if (scored.length < rows.length) {
    print(absentClasses(rows.length - scored.length, rows.length));
  }
  warnOfProtocols(a, b);
  print(`${compared.summary()}\n${json}`);
  if (images > 0) print(join(out, "images"));
}

/** The evaluation in a folder; that of a run lies in the run's folder. */
async function evaluationIn(name: string): Promise<StoredEvaluation> {
  const folder = userPath(name);
  const within = join(folder, "evaluation");
  const isRun = !existsSync(join(folder, "evaluation.json")) &&
    existsSync(join(within, "evaluation.json"));
  return await readEvaluation(isRun ? within : folder);
}

/** Networks that were tested differently are not compared by their scores alone. */
function warnOfProtocols(a: StoredEvaluation, b: StoredEvaluation): void {
  const [first, second] = [a.scores.protocol, b.scores.protocol];
  if (isDeepStrictEqual(first, second)) return;
  printError(
    `Warning: A and B were tested differently, which moves scores too.\n` +
      `A: ${protocolWords(first)}\nB: ${protocolWords(second)}`,
  );
}

/** Makes room for a comparison; a folder that holds anything else is refused. */
async function clear(folder: string): Promise<void> {
  await makeWritable(folder);
  const entries = (await readdir(folder)).filter((name) => !isHidden(name));
  if (entries.length > 0 && !entries.includes("comparison.json")) {
    throw new RangeError(
      `Cannot write a comparison into ${folder}: an empty folder or an earlier comparison's ` +
        `needed, got one with ${entries[0]}; choose another --out`,
    );
  }
  await rm(join(folder, "images"), { recursive: true, force: true });
}

if (import.meta.main) await main(compareCommand());
