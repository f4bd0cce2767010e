import { NetworkPredictor } from "../inference/predictor.ts";
import type { TrainedModel } from "../models/description.ts";
import { inferenceOf } from "../train/config.ts";

/** A trained network as it looks at images: its windows are its crops. */
export function trainedPredictor(
  { config, classes, weights }: Pick<TrainedModel, "config" | "classes" | "weights">,
  threads: number = config.threads,
): NetworkPredictor {
  return new NetworkPredictor({ ...inferenceOf(config, classes.length), weights, threads });
}
