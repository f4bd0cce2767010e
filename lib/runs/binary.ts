import type { NDArray } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Architecture } from "../families/family.ts";
import type { TrainedModel } from "../models/description.ts";
import type { Listener } from "../progress.ts";
import { evaluate } from "../scoring/evaluate.ts";
import { ThresholdSearch } from "../scoring/threshold.ts";
import { architectureOf } from "../train/config.ts";
import { share } from "../words.ts";
import { trainedPredictor } from "./trained_predictor.ts";

/** The bias that takes the threshold of two classes; other classes and networks are a RangeError. */
export function thresholdBias(
  { family, config }: Architecture,
  classes: readonly string[],
): string {
  if (classes.length === 2 && family.classBias) return family.classBias(config);
  throw new RangeError(
    `Cannot train with a threshold (binary): two classes and a network whose scores end with a bias ` +
      `needed, got ${classes.length} (${classes.join(", ")}) and ${family.name}`,
  );
}

/** What a threshold is, and what it changes. */
export interface Thresholding {
  /** From which probability on the second class is given; 0.5 where none was found. */
  readonly probability: number;
  /** The weights that have it. */
  readonly changed: ReadonlyMap<string, NDArray>;
}

/**
 * The threshold with which the second class has its highest IoU on a data set, where the run has one. Its
 * score is taken from the class's bias: the network then gives the class where its probability exceeds 0.5,
 * also in programs that know nothing of thresholds.
 */
export async function thresholdFor(
  model: TrainedModel,
  data: Dataset,
  { onProgress, onMessage }: Listener,
): Promise<Thresholding | null> {
  const { config, classes, weights } = model;
  if (!config.binary) return null;
  const bias = thresholdBias(architectureOf(config, classes.length), classes);
  const predictor = trainedPredictor(model);
  const search = new ThresholdSearch();
  const work = { title: `finding the threshold of ${classes[1]}`, total: data.length } as const;
  await evaluate(predictor, data, ({ example, prediction, index }) => {
    onProgress?.({ ...work, done: index + 1, unit: "image" });
    search.add(prediction, example.labels);
  });
  const found = search.best();
  if (found === null) {
    onMessage?.(`No pixel of ${data.name} is ${classes[1]}: its threshold stays at 0.5`);
    return { probability: 0.5, changed: new Map() };
  }
  const { probability, score, IoU } = found;
  onMessage?.(
    `${classes[1]} is given from a probability of ${
      Number(probability.toPrecision(3))
    } on, with an IoU ` +
      `of ${share(IoU, 1)} on ${data.name}`,
  );
  const { shape, data: [first, second] } = weights.get(bias)!;
  return {
    probability,
    changed: new Map([[bias, { shape, data: Float32Array.of(first!, second! - score) }]]),
  };
}
