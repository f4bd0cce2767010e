/** `deno task evaluate`: scores a trained model on a user's own data. */
import { type Command, Option } from "commander";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { NetworkPredictor } from "../../lib/eval/predictor.ts";
import type { Protocol } from "../../lib/eval/protocol.ts";
import { families, type Family, publishedProtocol } from "../../lib/eval/published_protocols.ts";
import { protocolOf } from "../../lib/segment/model_protocol.ts";
import { sha256 } from "../../lib/train/model_file.ts";
import { type OpenedModel, openModel } from "../../lib/zoo/open.ts";
import { dataNames, namedData } from "../support/datasets.ts";
import { EvaluationFolder } from "../support/evaluation_files.ts";
import { drawOverlays } from "../support/figures.ts";
import { locatedModel } from "../support/located_model.ts";
import { writeClasses } from "../support/model_facts.ts";
import { userPath } from "../support/paths.ts";
import { score } from "../support/score.ts";
import { printScores } from "../support/scores_table.ts";
import { main, newCommand, whole } from "./command.ts";

interface Options {
  readonly data: string;
  readonly out?: string;
  readonly protocol?: Family;
  readonly window?: number;
  readonly stride?: number;
  readonly multiScale?: boolean;
  readonly flip?: boolean;
  readonly threads: number;
}

const PICTURES = 8;

/** The command; its help says the defaults. */
export function evaluateCommand(): Command {
  return newCommand("evaluate")
    .description(
      "Scores a model on the validation images of a data set: prints IoU by class and other metrics, " +
        "and writes evaluation.json, the confusion matrix, a line and a label map for each image, " +
        "and pictures of predictions.",
    )
    .argument("<model>", "the folder of a run, or what `segment --model` takes")
    .requiredOption("--data <name>", dataNames)
    .option("--out <folder>", "(default: evaluation/, in a run's folder)", userPath)
    .addOption(
      new Option(
        "--protocol <paper>",
        "test as a paper does on this data set: sizes, windows and their distance, scales " +
          "(default: as `segment` shows pictures to the model)",
      ).choices(families),
    )
    .option("--window <pixels>", "side of the sliding windows (default: the model's)", whole(1))
    .option(
      "--stride <pixels>",
      "their distance (default: the protocol's or the model's, at most --window)",
      whole(1),
    )
    .option("--multi-scale", "the mean over the protocol's scales: three to seven times slower")
    .option("--flip", "the mean with the mirror image: twice slower")
    .option("--threads <n>", "results depend on it", whole(1), navigator.hardwareConcurrency)
    .action(evaluateOn);
}

async function evaluateOn(name: string, options: Options): Promise<void> {
  const file = await locatedModel(name);
  const model = await openModel(file);
  const val = await namedData(options.data, "val");
  requireClasses(file, model, val);
  const protocol = await chosenProtocol(file, model, val, options);
  const predictor = new NetworkPredictor({ ...model, protocol, threads: options.threads });
  const folder = options.out ?? defaultFolder(file);
  const files = await EvaluationFolder.create(folder, val);
  const onExample = files.add.bind(files);
  const { scores, seconds } = await score({ predictor, val, folder, pictures: PICTURES, onExample });

  const weights = statSync(file).isFile() ? await sha256(file) : null;
  const json = await files.finish({ weights, model: model.kind, data: val.name, protocol }, scores);
  await writeClasses(folder, model);
  const overlays = await drawOverlays([{ label: "prediction", folder }], join(folder, "overlays"));
  printScores(scores, model.classes);
  const speed = (scores.images / seconds).toPrecision(3);
  console.log(`${speed} images per second\n${json}\n${overlays}`);
}

async function chosenProtocol(
  file: string,
  model: OpenedModel,
  val: Dataset,
  { protocol, window, stride, multiScale = false, flip = false }: Options,
): Promise<Protocol> {
  const chosen = { multiScale, flip, ...stride === undefined ? {} : { stride } };
  if (!protocol) {
    return await protocolOf(file, model, { ...chosen, ...window === undefined ? {} : { window } });
  }
  const { family, config } = model.architecture;
  const data = val.name.slice(0, val.name.lastIndexOf("/"));
  return publishedProtocol(protocol, data, {
    ...chosen,
    window: window ?? model.window,
    ...family === "setr" ? { head: config.head } : {},
  });
}

/** A run's evaluation lies in its folder. */
function defaultFolder(file: string): string {
  const isRun = existsSync(join(dirname(file), "summary.json"));
  return isRun ? join(dirname(file), "evaluation") : userPath("evaluation");
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

if (import.meta.main) await main(evaluateCommand());
