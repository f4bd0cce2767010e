import { sum } from "../../graph/ops/broadcast.ts";
import { largest } from "../../graph/ops/indices.ts";
import { add, div, float, lessThan, min, mul, neg, sub } from "../../graph/ops/math.ts";
import { topK } from "../../graph/ops/sort.ts";
import { reshape } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import { weighed } from "./cross_entropy.ts";
import type { LossOptions } from "./options.ts";
import type { Pixels } from "./pixels.ts";
import type { LossPart } from "./total.ts";

/** Which pixels are hard. */
export interface Hardness {
  /** A pixel is hard if its label has less than this probability; null: the `share` hardest are. */
  readonly threshold: number | null;
  /** The share of the pixels that is kept at least, as long as so many are labelled. */
  readonly share: number;
}

/**
 * Online hard example mining: cross entropy of the hard pixels alone, as mmseg's OHEMPixelSampler
 * chooses them of the whole batch. The mean is over all labelled pixels, or all, not over those kept.
 */
export function hardExamples(
  pixels: Pixels,
  hardness: Hardness,
  options: Pick<LossOptions, "mean" | "classWeights">,
): LossPart {
  const [weights, all] = weighed(pixels, options);
  const share = div(mul(weights, hardPixels(pixels, hardness)), all);
  return { of: "own", loss: neg(sum(mul(pixels.own, share), [0, 1])), slope: share };
}

/** 1 for the hard pixels, 0 for others and ignored ones: [n, 1]. */
export function hardPixels(pixels: Pixels, { threshold, share }: Hardness): Tensor {
  const { own, valid, count, images } = pixels;
  const kept = images * Math.round(share * count / images);
  if (threshold === null) {
    const limit = unlikeliest(pixels, Math.min(count, Math.max(1, kept)));
    return mul(valid, sub(scalar(1), float(lessThan(limit, own))));
  }
  // As in mmseg the limit is the likeliest of one pixel more than are kept at least.
  const limit = unlikeliest(pixels, Math.min(count, kept + 1));
  const bound = neg(min(neg(limit), scalar(-Math.log(threshold))));
  return mul(valid, float(lessThan(own, bound)));
}

/** Below the logarithm of any probability, where no pixel is labelled. */
const LOWEST = -1e30;

/** Of the k labelled pixels whose labels are least likely, the likeliest's logarithm: [1, 1]. */
function unlikeliest({ own, valid, count }: Pixels, k: number): Tensor {
  const last = sub(scalar(1), valid); // 1, above all logarithms, where nothing is labelled
  const keys = reshape(add(mul(own, valid), last), [1, count]);
  const { values } = topK(keys, { k, largest: false, sorted: false });
  const ignored = float(lessThan(scalar(0), values));
  return largest(add(values, mul(ignored, scalar(LOWEST)))).value;
}
