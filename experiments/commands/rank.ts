/** `deno task rank`: which photos to label next. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import type { Command } from "commander";
import { rankPictures } from "../../lib/analysis/ranking.ts";
import { writeAtomically } from "../../lib/files.ts";
import { openModel } from "../../lib/models/open.ts";
import { withRemedy } from "../../lib/remedy.ts";
import { consoleTable } from "../../lib/report/table.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { isAsWritten, signedJson } from "../../lib/segment/own_json.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { locatedModel } from "./located_model.ts";
import { userPath } from "./paths.ts";
import { print } from "./print.ts";

interface Options {
  readonly model: string;
  readonly out: string;
  readonly threads: number;
}

/** So many photos are listed in a terminal. */
const LISTED = 20;

/** The command; its help says the defaults. */
export function rankCommand(): Command {
  return newCommand("rank")
    .description(
      "Lists photos without labels by what would teach a network most: those of whose pixels it is " +
        "unsure (mean entropy) and that are unlike the ones before (features of its encoder). " +
        "`segment --save coco --out FOLDER` draws first labels for them to correct.",
    )
    .argument("<images...>", "images, folders of images, or patterns like 'photos/**/*.jpg'")
    .requiredOption("--model <name>", "what `segment --model` takes: a run, a checkpoint, an id")
    .option(
      "--out <file>",
      "where the whole list goes, as JSON",
      userPath,
      userPath("ranking.json"),
    )
    .option("--threads <n>", "threads of the network", whole(1), navigator.hardwareConcurrency)
    .action(rank);
}

async function rank(names: readonly string[], { model: name, out, threads }: Options) {
  const files = await listPictures(names.map(userPath), "Cannot rank");
  await requireOwn(out);
  const model = await openModel(await locatedModel(name));
  for (const text of model.assumed) print(`assumed: ${text}`);
  await makeWritable(dirname(out));
  const ranked = await displaying((display) =>
    rankPictures(model, files, { threads, onProgress: display.show })
  );
  const pictures = ranked.map(({ index, entropy, distance }) => ({
    picture: relative(dirname(out), files[index]!),
    mean_entropy_nats: rounded(entropy),
    distance_to_those_before: distance === null ? null : rounded(distance),
  }));
  await writeAtomically(out, signedJson({ model: model.kind, label_next: pictures }));
  print(consoleTable(
    ranked.slice(0, LISTED).map(({ index, entropy, distance }) => ({
      "to label next": basename(files[index]!),
      "mean entropy (nats)": entropy.toFixed(3),
      "distance to those before": distance?.toFixed(3) ?? null,
    })),
  ));
  print(out);
}

async function requireOwn(path: string): Promise<void> {
  if (!existsSync(path) || isAsWritten(await readFile(path, "utf8").catch(() => ""))) return;
  const error = new RangeError(
    `Cannot write the ranking: a name that is free or an earlier ranking's needed, got ${path}, which ` +
      `would be lost`,
  );
  throw withRemedy(error, { kind: "otherFolder" });
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

if (import.meta.main) await main(rankCommand());
