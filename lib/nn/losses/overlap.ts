import { sum } from "../../graph/ops/broadcast.ts";
import { add, clip, div, log, mul, neg, pow, sub } from "../../graph/ops/math.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import type { LossOptions } from "./options.ts";
import { meanRow, type Pixels } from "./pixels.ts";
import type { ClassSums, LossPart } from "./total.ts";

/** How the overlap of a class's probabilities with its pixels is scored. */
export interface Overlap {
  /** What probability at pixels of other classes counts: 1/2 in Dice's score, 1 in Jaccard's. */
  readonly alpha: number;
  /** What probability that is lacking at own pixels counts, as alpha. */
  readonly beta: number;
  /** The power of the mean: focal Tversky's, or 1. */
  readonly gamma: number;
  /** What is added to both sides of the fraction. */
  readonly smooth: number;
  /** Whether the loss of a class is -ln(score), or 1 - score. */
  readonly log: boolean;
}

/** What a score's denominator, or a score whose logarithm is taken, is at least. */
const LEAST = 1e-7;
const LARGE = 1e30;

/**
 * Tversky's loss, of which Dice's and Jaccard's are cases: 1 - (hit + s) / (hit + α false + β missed + s)
 * of each class over all labelled pixels of the batch. As in segmentation_models.pytorch a class without
 * any pixel has the loss 0 and counts in the mean over classes.
 */
export function overlapLoss(
  pixels: Pixels,
  overlap: Overlap,
  { classWeights }: Pick<LossOptions, "classWeights">,
): LossPart {
  const weights = meanRow(pixels, classWeights);
  return { of: "sums", loss: (sums) => lossOf(sums, weights, overlap) };
}

function lossOf(
  { hit, predicted, labelled }: ClassSums,
  weights: Tensor,
  overlap: Overlap,
): Tensor {
  const { alpha, beta, gamma, smooth, log: isLog } = overlap;
  const wrong = mul(sub(predicted, hit), scalar(alpha));
  const missed = mul(sub(labelled, hit), scalar(beta));
  const union = add(add(hit, scalar(smooth)), add(wrong, missed));
  const score = div(add(hit, scalar(smooth)), clip(union, LEAST, LARGE));
  const losses = isLog ? neg(log(clip(score, LEAST, LARGE))) : sub(scalar(1), score);
  const present = mul(clip(labelled, 0, 1), weights);
  const mean = div(sum(mul(losses, present), [0, 1]), sum(weights, [0, 1]));
  return gamma === 1 ? mean : pow(mean, gamma);
}
