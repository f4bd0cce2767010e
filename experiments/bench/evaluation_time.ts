import type { Dataset } from "../../lib/data/dataset.ts";
import { evaluate } from "../../lib/scoring/evaluate.ts";
import type { NetworkPredictor, Predictor } from "../../lib/inference/predictor.ts";

/** Where the time of an evaluation went, in seconds. */
export interface EvaluationTime {
  readonly images: number;
  /** From normalised windows to scores of the network's own resolution. */
  readonly network: number;
  /** From these to classes of full size: windows merged, enlarged, softmax and the largest. */
  readonly upsampling: number;
  /** Cutting and normalising windows, copying scores to tiles, and classes from them. */
  readonly windows: number;
  /** Waiting for the next example: it is decoded while the network runs. */
  readonly decoding: number;
  /** Adding an image to all scores. */
  readonly scoring: number;
}

/** What of a NetworkPredictor is timed. */
type TimedPredictor = Pick<NetworkPredictor, keyof Predictor | "seconds">;

/** Evaluates a predictor on a data set, with all scores, and says where the time goes. */
export async function timeEvaluation(
  predictor: TimedPredictor,
  dataset: Dataset,
): Promise<EvaluationTime> {
  const before = predictor.seconds;
  const spent = { decoding: 0, predicting: 0, scoring: 0 };
  let last = performance.now();
  const spend = (on: keyof typeof spent) => {
    const now = performance.now();
    spent[on] += (now - last) / 1000;
    last = now;
  };
  const timed: Predictor = {
    classes: predictor.classes,
    async predict(image) {
      spend("decoding");
      const prediction = await predictor.predict(image);
      spend("predicting");
      return prediction;
    },
  };
  const { images } = await evaluate(timed, dataset, () => spend("scoring"));
  spend("scoring"); // what follows from the sums
  const network = predictor.seconds.network - before.network;
  const upsampling = predictor.seconds.upsampling - before.upsampling;
  const { decoding, predicting, scoring } = spent;
  return {
    images,
    network,
    upsampling,
    windows: predicting - network - upsampling,
    decoding,
    scoring,
  };
}
