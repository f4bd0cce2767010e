import type { Dataset, Example } from "../data/dataset.ts";
import { inFlight } from "../in_flight.ts";
import type { Prediction, Predictor } from "../inference/predictor.ts";
import { ALONE, type Ranks } from "../ranks/ranks.ts";
import { receivePrediction } from "./shared_predictions.ts";
import { type ImageScore, ScoreSheet, type SetScores } from "./score_sheet.ts";

/** The example that is waited for and the next one: decoding is off the JavaScript thread. */
const UNDER_WAY = 2;

/** An example with what came out for it. */
export interface Scored {
  readonly example: Example;
  readonly prediction: Prediction;
  readonly score: ImageScore;
  readonly index: number;
}

/** Scores, which repeat, and how long they took, which does not. */
export interface Evaluation {
  readonly scores: SetScores;
  readonly images: number;
  /** Time in `predict`; reading happens meanwhile and is not part of it. */
  readonly seconds: number;
}

/**
 * Scores a predictor on all examples of a data set; the next one is read while one runs, and none is
 * kept. `onExample` sees each of them, for example to draw overlays. Where there are several ranks, the others
 * send what they predict meanwhile (`sendPredictions`).
 */
export async function evaluate(
  predictor: Predictor,
  dataset: Dataset,
  onExample?: (scored: Scored) => void | Promise<void>,
  ranks: Ranks = ALONE,
): Promise<Evaluation> {
  const { name, classes, length } = dataset;
  if (predictor.classes !== classes.length) {
    throw new RangeError(
      `Cannot evaluate on ${name}: it needs a network of ${classes.length} classes, got one of ` +
        `${predictor.classes}`,
    );
  }
  const scores = new ScoreSheet(classes.length);
  let seconds = 0;
  let index = 0;
  const indices = Array(length).keys();
  const examples = inFlight(indices, UNDER_WAY, (index) => read(dataset, index));
  for await (const { example, instances } of examples) {
    const start = performance.now();
    const turn = index % ranks.size;
    const prediction = turn === 0
      ? await predictor.predict(example.image)
      : receivePrediction(ranks, turn, example.image);
    seconds += (performance.now() - start) / 1000;
    const score = add(scores, example, prediction, instances);
    await onExample?.({ example, prediction, score, index: index++ });
  }
  return { scores: scores.result(), images: length, seconds };
}

interface Read {
  readonly example: Example;
  readonly instances: Uint16Array | null;
}

async function read(dataset: Dataset, index: number): Promise<Read> {
  const [example, instances] = await Promise.all([
    dataset.example(index),
    dataset.instances?.(index) ?? null,
  ]);
  return { example, instances };
}

function add(
  scores: ScoreSheet,
  { name, labels }: Example,
  prediction: Prediction,
  instances: Uint16Array | null,
): ImageScore {
  try {
    return scores.add({ labels, prediction, instances });
  } catch (error) {
    throw new RangeError(`Cannot score ${name}: ${(error as Error).message}`, { cause: error });
  }
}
