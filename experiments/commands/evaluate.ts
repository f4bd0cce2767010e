/** `deno task evaluate`: scores a trained model on a user's own data. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { classDifference } from "../../lib/sets/class_list.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { drawScores, EvaluationFolder } from "../../lib/runs/evaluation_folder.ts";
import { drawOverlays } from "../../lib/runs/run_figures.ts";
import { lockFolder } from "../../lib/runs/lock_folder.ts";
import { removePartials } from "../../lib/files.ts";
import { weightsHash } from "../../lib/runs/weights_hash.ts";
import { locatedModel } from "./located_model.ts";
import { writeClasses } from "../../lib/runs/pictures.ts";
import { dataPlaces, userPath } from "./paths.ts";
import { describedExif, readingOf, withReadingOptions } from "./reading_options.ts";
import { requireSame } from "../../lib/ranks/ranks.ts";
import { sendPredictions } from "../../lib/scoring/shared_predictions.ts";
import { score } from "../../lib/runs/score.ts";
import { objectEvaluation } from "../../lib/runs/object_evaluation.ts";
import { printObjects } from "./object_table.ts";
import { printScores } from "./scores_table.ts";
import { sizeRanges } from "../../lib/scoring/instance_size.ts";
import { displaying, main, newCommand } from "./command.ts";
import {
  describedProtocol,
  protocolFor,
  type ProtocolOptions,
  withProtocolOptions,
} from "./protocol_options.ts";
import { precisionOf } from "./precision_options.ts";
import { type DeviceOption, providerOf, withDeviceOption } from "./device_option.ts";
import { printFormat } from "./opened_data.ts";
import { print } from "./print.ts";
import { ranksHere } from "./ranks.ts";

interface Options extends ProtocolOptions, DeviceOption, Reading {
  readonly data: string;
  readonly out?: string;
}

const PICTURES = 8;

/** The command; its help says the defaults. */
export function evaluateCommand(): Command {
  const command = newCommand("evaluate")
    .description(
      "Scores a model on the validation images of a data set: prints IoU by class and other metrics, " +
        "and writes evaluation.json, a line and a label map for each image, plots (confusion matrix, " +
        "calibration, IoU by size) and pictures of predictions. IoU by size is of instances that " +
        `are small (${sizeRanges.small}), medium (${sizeRanges.medium}) or large ` +
        `(${sizeRanges.large}). Of a panoptic network it scores PQ, SQ and RQ too and draws objects, of an ` +
        "instance network COCO's mask AP. An earlier evaluation in the same folder is overwritten.",
    )
    .argument("<model>", "the folder of a run, or what `segment --model` takes")
    .requiredOption("--data <name>", dataNames)
    .option("--out <folder>", "(default: evaluation/, in a run's folder)", userPath);
  return withReadingOptions(withDeviceOption(withProtocolOptions(command))).action(evaluateOn);
}

async function evaluateOn(name: string, options: Options): Promise<void> {
  const ranks = ranksHere();
  const file = await locatedModel(name);
  const weights = await weightsHash(file);
  const model = await openModel(file);
  const chosen = readingOf(options);
  const val = await namedData(options.data, "val", dataPlaces, { ...model.reading, ...chosen });
  printFormat(val);
  requireClasses(file, model, val);
  requireSame(ranks, "Cannot evaluate", {
    weights: `${weights}`,
    data: `${val.length} images, ${val.name}`,
  });
  const data = val.name.slice(0, val.name.lastIndexOf("/"));
  const protocol = protocolFor(model, data, options);
  const predictor = new NetworkPredictor({
    ...model,
    protocol,
    threads: options.threads,
    precision: precisionOf(options),
    provider: await providerOf(options),
  });
  if (ranks.rank > 0) return await sendPredictions(predictor, val, ranks);
  const folder = options.out ?? defaultFolder(file);
  const earlier = existsSync(join(folder, "evaluation.json"));
  using _ = await lockFolder(folder, "Cannot write an evaluation into");
  const files = await EvaluationFolder.create(folder, val);
  await removePartials(folder);
  print(`${model.kind} on ${val.name} (images: ${val.length})`);
  print(describedProtocol(protocol, data, model, options));
  const exif = describedExif(chosen, model.reading);
  if (exif !== null) print(exif);
  if (earlier) print(`overwriting the earlier evaluation in ${folder}`);
  const { scores, seconds } = await displaying((display) =>
    score({
      predictor,
      val,
      folder,
      pictures: PICTURES,
      onExample: (scored) => files.add(scored),
      onProgress: display.show,
      ranks,
    })
  );

  const objects = await displaying(({ show: onProgress }) =>
    objectEvaluation(model, val, { ...predictor.settings, folder, pictures: PICTURES, onProgress })
  );
  const evaluated = { weights, model: model.kind, data: val.name, protocol };
  const json = await files.finish(evaluated, scores, objects);
  await writeClasses(folder, model);
  const plots = await drawScores(folder, model.kind, scores, model.classes);
  const overlays = await drawOverlays([{ label: "prediction", folder }], join(folder, "overlays"));
  printScores(scores, model.classes);
  for (const text of objects?.assumed ?? []) print(`assumed: ${text}`);
  if (objects) printObjects(objects, model.classes);
  const drawn = objects?.found.task === "panoptic" ? [join(folder, "objects")] : [];
  const speed = (scores.images / seconds).toPrecision(3);
  print(
    `scored in ${
      Math.round(seconds)
    } s, reading and writing included: ${speed} images per second\n${
      [json, ...files.paths, ...plots, overlays, ...drawn].join("\n")
    }`,
  );
}

/** A run's evaluation lies in its folder. */
function defaultFolder(file: string): string {
  const isRun = existsSync(join(dirname(file), "summary.json"));
  return isRun ? join(dirname(file), "evaluation") : userPath("evaluation");
}

/** The labels' meaning is their place in the list: names and order must be the model's. */
function requireClasses(file: string, { classes }: OpenedModel, val: Dataset): void {
  const difference = classDifference(classes, val.classes);
  if (difference === null) return;
  throw new RangeError(
    `Cannot evaluate ${file} on ${val.name}: the model's classes needed (${classes.join(", ")}), ` +
      `got a list ${difference}; ` +
      `describe the data with the model's classes in their order, or train another model`,
  );
}

if (import.meta.main) await main(evaluateCommand());
