import type { Dataset } from "../data/dataset.ts";
import { objectTask } from "../families/family.ts";
import { ObjectPredictor } from "../inference/object_predictor.ts";
import type { TrainedModel } from "../models/description.ts";
import { evaluateObjects, type ObjectScores } from "../scoring/evaluate_objects.ts";
import { inferenceOf } from "../train/config.ts";
import { perClassOf, type Summary } from "./run_files.ts";

/** What a summary says of objects: nothing of a network that gives classes alone. */
export async function objectSummary(
  { config, classes, weights, things }: TrainedModel,
  val: Dataset,
): Promise<Pick<Summary, "objects">> {
  const { architecture, normalization } = inferenceOf(config, classes.length);
  const task = objectTask(architecture);
  if (task === null) return {};
  const { threads } = config;
  const predictor = new ObjectPredictor({
    architecture,
    normalization,
    weights,
    threads,
    things: things!,
  });
  const found = await evaluateObjects(predictor, task, val);
  await predictor.release();
  return { objects: summaryOf(found, classes) };
}

/** Scores as files have them: null where there was nothing to score. */
export function summaryOf(
  { task, scores }: ObjectScores,
  classes: readonly string[],
): NonNullable<Summary["objects"]> {
  const share = (x: number) => Number.isNaN(x) ? 0 : x;
  const known = (x: number) => Number.isNaN(x) ? null : x;
  if (task === "instance") {
    const { ap, ap50, ap75, perClass } = scores;
    return {
      AP: share(ap),
      AP50: share(ap50),
      AP75: share(ap75),
      perClass: perClassOf(classes, perClass),
    };
  }
  const { all, things, stuff, perClass } = scores;
  return {
    PQ: share(all.pq),
    SQ: share(all.sq),
    RQ: share(all.rq),
    things: known(things.pq),
    stuff: known(stuff.pq),
    perClass: perClassOf(classes, perClass.map(({ pq }) => pq)),
  };
}
