import { declaredBy } from "../families/family.ts";
import type { TrainedModel } from "../models/description.ts";
import { parameterCount } from "../nn/scope.ts";
import type { Metrics } from "../scoring/confusion.ts";
import { architectureOf } from "../train/config.ts";
import { perClassOf, type RunName, SCHEMA, type Summary } from "./run_files.ts";

/** The summary of a finished run: `steps` it was trained, `best` validated best, `hash` is its weights'. */
export function summaryOf(
  name: RunName,
  { config, classes }: TrainedModel,
  steps: number,
  best: Summary["best"],
  { mIoU, pixelAccuracy, meanAccuracy, iou }: Metrics,
  hash: string,
): Summary {
  const { crop } = config;
  return {
    schema: SCHEMA,
    status: "finished",
    ...name,
    parameters: parameterCount(declaredBy(architectureOf(config, classes.length), crop).parameters),
    steps,
    best,
    final: { mIoU, pixelAccuracy, meanAccuracy },
    perClass: perClassOf(classes, iou),
    weights: hash,
  };
}
