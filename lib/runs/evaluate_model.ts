import { checkedDataset } from "../data/checked.ts";
import type { Dataset } from "../data/dataset.ts";
import { objectTask } from "../families/family.ts";
import { objectPredictorOf, predictorOf, type UseOptions } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import { requireSameClasses } from "../sets/class_list.ts";
import { evaluate } from "../scoring/evaluate.ts";
import { evaluateObjects, type ObjectScores } from "../scoring/evaluate_objects.ts";
import type { SetScores } from "../scoring/score_sheet.ts";
import { thingsIn } from "./object_evaluation.ts";

/** How a model is evaluated. */
export interface EvaluateOptions extends UseOptions {
  /** Hears of each image that is scored. */
  readonly onImage?: (report: ImageReport) => void | Promise<void>;
}

/** What came out for an image. */
export interface ImageReport {
  /** The example's name. */
  readonly name: string;
  /** How many images are scored, this one too. */
  readonly done: number;
  /** How many there are. */
  readonly total: number;
  /** Mean IoU of the classes in its labels or prediction, from 0 to 1; NaN where it has no labels. */
  readonly mIoU: number;
}

/** The scores of a model on a data set. */
export interface ModelScores extends SetScores {
  /** How well it tells objects apart; left out of a network that gives classes alone. */
  readonly objects?: ObjectScores;
}

/** Scores a model on all examples of a data set, under the model's own protocol if none is chosen. */
export async function evaluateModel(
  model: OpenedModel,
  dataset: Dataset,
  { onImage, ...options }: EvaluateOptions = {},
): Promise<ModelScores> {
  const doing = "Cannot evaluate";
  const predictor = predictorOf(model, options, doing);
  const data = checkedDataset(dataset, doing);
  requireSameClasses(model.classes, data, doing);
  const { scores } = await evaluate(predictor, data, async ({ example, score, index }) => {
    const { name } = example;
    await onImage?.({ name, done: index + 1, total: data.length, mIoU: score.mIoU });
  });
  const task = objectTask(model.architecture);
  if (task === null) return scores;
  const finder = objectPredictorOf(model, thingsIn(model, data).things, options);
  return { ...scores, objects: await evaluateObjects(finder, task, data) };
}
