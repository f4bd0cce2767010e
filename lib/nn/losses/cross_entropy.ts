import { withGradient } from "../../graph/custom.ts";
import { sum } from "../../graph/ops/broadcast.ts";
import { add, clip, div, mul, neg, sub } from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { reshape } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import { type LossOptions, PLAIN_LOSS } from "./options.ts";
import { ofLabel, type Pixels, pixelsOf, weightRow } from "./pixels.ts";
import { type LossPart, total } from "./total.ts";

/** What cross entropy may be told. */
export type CrossEntropyOptions = Omit<LossOptions, "loss">;

/**
 * Cross entropy of logits [b, h, w, classes] against uint8 labels [b, h, w], as the mean over the
 * pixels whose label is a class; labels of `classes` or more (255) are ignored. Without any labelled
 * pixel it is 0, and so is its gradient; torch's is NaN there.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: CrossEntropyOptions = PLAIN_LOSS,
): Tensor {
  const pixels = pixelsOf(logits, labels);
  return total(pixels, [[entropy(pixels, options), 1]]);
}

/** The same of pixels. */
export function entropy(pixels: Pixels, options: CrossEntropyOptions): LossPart {
  if (options.labelSmoothing > 0) return { of: "pixels", loss: smoothed(pixels, options) };
  const share = div(...weighed(pixels, options)); // of each pixel in the mean
  return { of: "own", loss: neg(sum(mul(pixels.own, share), [0, 1])), slope: share };
}

/** Less is no sum of weights, but rounding: a batch of ignored pixels has 0. */
const LEAST_WEIGHT = 1e-12;
const LARGE = 1e30;

/** What each pixel counts [n, 1], and what the sum is divided by. */
export function weighed(
  pixels: Pixels,
  { mean, classWeights }: Pick<LossOptions, "mean" | "classWeights">,
): readonly [weights: Tensor, sum: Tensor] {
  const { valid, count, classes } = pixels;
  if (classWeights === null) {
    return [valid, mean === "all" ? scalar(count) : clip(sum(valid, [0, 1]), 1, count)];
  }
  const weights = ofLabel(pixels, weightRow(classes, classWeights));
  const all = clip(sum(weights, [0, 1]), LEAST_WEIGHT, LARGE);
  return [weights, mean === "all" ? scalar(count) : all];
}

/**
 * torch's label smoothing: with e, each pixel's truth is (1 - e) one-hot + e / classes, and class c's
 * part of it has the weight of c.
 */
function smoothed(pixels: Pixels, options: CrossEntropyOptions): Tensor {
  const { classes, logits, logs, probabilities, hot, own, valid } = pixels;
  const { labelSmoothing, classWeights } = options;
  const [weights, all] = weighed(pixels, options);
  const part = labelSmoothing / classes;
  const spread = mul(weightRow(classes, classWeights), scalar(part)); // [1, classes]
  const sure = mul(div(weights, all), scalar(1 - labelSmoothing)); // [n, 1]
  const share = div(valid, all);
  const others = matmul(logs, reshape(spread, [classes, 1])); // [n, 1]
  const loss = neg(sum(add(mul(own, sure), mul(others, share)), [0, 1]));
  return withGradient(loss, [logits], (dy) => {
    const row = add(sure, mul(share, sum(spread, [1])));
    const truth = add(mul(hot, mul(sure, dy)), mul(mul(share, dy), spread));
    return [sub(mul(probabilities, mul(row, dy)), truth)];
  });
}
