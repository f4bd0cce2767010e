/** `deno task evaluate`: scores a trained model on a user's own data. */
import type { Command } from "commander";
import { existsSync, statSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { writeAtomically } from "../../lib/files.ts";
import { SCHEMA } from "../../lib/report/schemas.ts";
import { sha256 } from "../../lib/train/model_file.ts";
import { type OpenedModel, openModel } from "../../lib/zoo/open.ts";
import { namedData } from "../support/datasets.ts";
import { drawOverlays } from "../support/figures.ts";
import { writeClasses } from "../support/model_facts.ts";
import { userPath } from "../support/paths.ts";
import { locatedModel } from "../support/located_model.ts";
import { score, windowsOf } from "../support/score.ts";
import { printScores } from "../support/scores_table.ts";
import { main, newCommand, whole } from "./command.ts";

interface Options {
  readonly data: string;
  readonly out?: string;
  readonly window?: number;
  readonly stride?: number;
  readonly threads: number;
}

const PICTURES = 8;

/** The command; its help says the defaults. */
export function evaluateCommand(): Command {
  return newCommand("evaluate")
    .description(
      "Scores a trained model on the validation images of your own data: prints IoU by class, and " +
        "writes evaluation.json and pictures of predictions.",
    )
    .argument("<model>", "the folder of a run, or what `segment --model` takes")
    .requiredOption(
      "--data <name>",
      "a JSON description (data/README.md), a folder in CamVid's layout, camvid (in data/camvid), " +
        "or scenes (synthetic)",
    )
    .option("--out <folder>", "(default: evaluation/, in a run's folder)", userPath)
    .option("--window <pixels>", "side of the sliding windows (default: the model's)", whole(1))
    .option(
      "--stride <pixels>",
      "their distance (default: the model's, at most --window)",
      whole(1),
    )
    .option("--threads <n>", "results depend on it", whole(1), navigator.hardwareConcurrency)
    .action(evaluateOn);
}

async function evaluateOn(name: string, options: Options): Promise<void> {
  const file = await locatedModel(name);
  const model = await openModel(file);
  const { classes } = model;
  const val = await namedData(options.data, "val");
  requireClasses(file, model, val);
  const isRun = existsSync(join(dirname(file), "summary.json"));
  const folder = options.out ??
    (isRun ? join(dirname(file), "evaluation") : userPath("evaluation"));
  await clear(folder);

  const window = options.window ?? model.window;
  const stride = options.stride ?? Math.min(model.stride, window);
  const { threads } = options;
  const windows = windowsOf({ ...model, window, stride });
  const scored = await score({ model, val, windows, threads, folder, pictures: PICTURES });
  const { iou, accuracy, pixels, mIoU, pixelAccuracy, meanAccuracy } = scored.metrics;
  const share = (x: number) => Number.isNaN(x) ? null : x;
  const byClass = (values: readonly (number | null)[]) =>
    Object.fromEntries(classes.map((name, i) => [name, values[i]!]));
  const scores = { mIoU, pixelAccuracy, meanAccuracy, perClass: byClass(iou.map(share)) };
  const evaluation = {
    schema: SCHEMA,
    weights: statSync(file).isFile() ? await sha256(file) : null,
    model: model.kind,
    data: val.name,
    images: val.length,
    window,
    stride,
    ...scores,
    perClassAccuracy: byClass(accuracy.map(share)),
    pixels: byClass(pixels),
  };
  const json = join(folder, "evaluation.json");
  await writeAtomically(json, JSON.stringify(evaluation, null, 2) + "\n");
  await writeClasses(folder, model);
  const overlays = await drawOverlays([{ label: "prediction", folder }], join(folder, "overlays"));
  printScores(scores);
  console.log(`${scored.imagesPerSecond.toPrecision(3)} images per second\n${json}\n${overlays}`);
}

/** The labels' meaning is their place in the list: names and order must be the model's. */
function requireClasses(file: string, { classes }: OpenedModel, val: Dataset): void {
  if (classes.length === val.classes.length && classes.every((c, i) => c === val.classes[i])) {
    return;
  }
  const list = (what: string, names: readonly string[]) =>
    names.length > 0 ? [`${what} ${names.join(", ")}`] : [];
  const differences = [
    ...list("without", classes.filter((name) => !val.classes.includes(name))),
    ...list("with", val.classes.filter((name) => !classes.includes(name))),
  ];
  throw new RangeError(
    `Cannot evaluate ${file} on ${val.name}: the model's classes needed (${classes.join(", ")}), ` +
      `got a list ${
        differences.join(" and ") || `in another order (${val.classes.join(", ")})`
      }; ` +
      `describe the data with the model's classes in their order, or train another model`,
  );
}

/** Makes room for an evaluation; a folder that holds anything else is refused. */
async function clear(folder: string): Promise<void> {
  const entries = existsSync(folder) ? await readdir(folder) : [];
  if (entries.length > 0 && !entries.includes("evaluation.json")) {
    throw new RangeError(
      `Cannot write an evaluation into ${folder}: an empty folder or an earlier evaluation's ` +
        `needed, got one with ${entries[0]}; choose another --out`,
    );
  }
  await rm(join(folder, "images"), { recursive: true, force: true });
}

if (import.meta.main) await main(evaluateCommand());
