import { withGradient } from "../../graph/custom.ts";
import { expand, sum } from "../../graph/ops/broadcast.ts";
import { add, clip, div, equal, float, lessThan, mul, relu, sub } from "../../graph/ops/math.ts";
import { cumSum, pick, place, topK } from "../../graph/ops/sort.ts";
import { reshape, slice, swapLast } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import type { LossOptions } from "./options.ts";
import { meanRow, type Pixels } from "./pixels.ts";
import type { LossPart } from "./total.ts";

/** Which pixels are one set. */
export interface LovaszSets {
  /** Whether the loss is the mean over images of each one's; all pixels of a batch are one set if not. */
  readonly perImage: boolean;
}

const LEAST_WEIGHT = 1e-12;
const LARGE = 1e30;

/**
 * Lovász-softmax (Berman et al. 2018): the Jaccard loss of each class, extended to errors between 0 and
 * 1, over labelled pixels, as the mean over the classes that are present.
 */
export function lovasz(
  pixels: Pixels,
  { perImage }: LovaszSets,
  { classWeights }: Pick<LossOptions, "classWeights">,
): LossPart {
  const { logits, probabilities, hot, valid, count, classes, images, scores } = pixels;
  if (scores) return lovaszHinge({ ...pixels, scores }, { perImage });
  const sets = perImage ? images : 1;
  const byClass = (x: Tensor) => swapLast(reshape(x, [sets, count / sets, classes]));
  const side = sub(scalar(1), mul(hot, scalar(2))); // -1 at the label's class, else 1
  const errors = add(mul(probabilities, side), hot);
  const keys = sub(mul(errors, valid), sub(scalar(1), valid)); // those of ignored pixels are last
  const truth = byClass(hot); // [sets, classes, pixels]
  const { sorted, rises, slopes } = extension(byClass(keys), truth);

  const weights = reshape(meanRow(pixels, classWeights), [1, classes, 1]);
  const present = mul(clip(sum(truth, [2]), 0, 1), weights); // [sets, classes, 1]
  const total = mul(clip(sum(present, [1]), LEAST_WEIGHT, LARGE), scalar(sets));
  const share = div(present, total);
  const loss = sum(mul(sum(mul(sorted, rises), [2]), share), [0, 1, 2]);
  const derived = withGradient(loss, [logits], (dy) => {
    const toErrors = reshape(swapLast(mul(slopes, mul(share, dy))), [count, classes]);
    const toP = mul(mul(toErrors, side), valid);
    return [mul(probabilities, sub(toP, sum(mul(toP, probabilities), [1])))];
  });
  return { of: "pixels", loss: derived };
}

/**
 * The same for the second of two classes with one score: the errors are the hinge 1 - score where it is
 * true and 1 + score where not. Without any pixel of it the largest error counts.
 */
function lovaszHinge(
  pixels: Pixels & { readonly scores: Tensor },
  { perImage }: LovaszSets,
): LossPart {
  const { scores, count, images } = pixels;
  const sets = perImage ? images : 1;
  const rows = (x: Tensor) => reshape(x, [sets, 1, count / sets]);
  const valid = rows(pixels.valid);
  const hot = rows(slice(pixels.hot, [0, 1], [count, 1]));
  const side = sub(mul(hot, scalar(2)), scalar(1));
  const errors = sub(scalar(1), mul(rows(scores), side));
  const keys = sub(mul(errors, valid), mul(sub(scalar(1), valid), scalar(LARGE)));
  const { sorted, rises, slopes } = extension(keys, hot);
  const loss = sum(mul(relu(sorted), mul(rises, scalar(1 / sets))), [0, 1, 2]);
  const derived = withGradient(loss, [scores], (dy) => {
    const counted = mul(slopes, float(lessThan(scalar(0), keys)));
    return [reshape(mul(mul(counted, side), mul(dy, scalar(-1 / sets))), scores.shape)];
  });
  return { of: "pixels", loss: derived };
}

/**
 * For sets of errors and truths [sets, rows, n]: the errors from the largest on, by how much the Jaccard
 * loss rises when each becomes wrong, and the same in the errors' own order.
 */
function extension(errors: Tensor, truth: Tensor) {
  const [, , n] = errors.dims(3);
  const { values: sorted, indices } = topK(errors, { k: n, largest: true, sorted: true });
  const own = pick(truth, indices); // 1 at the class's pixels
  const other = sub(scalar(1), own);
  const total = sum(truth, [2]);
  const found = cumSum(own);
  const rank = cumSum(expand(scalar(1), [n])); // 1, 2, …
  const union = add(sub(rank, found), total);
  // Without any pixel of the class the first error is the whole loss.
  const first = mul(sub(scalar(1), clip(total, 0, 1)), float(equal(rank, scalar(1))));
  const common = add(sub(total, found), first);
  // 1 - common / union rises by 1 / union at a pixel of the class, which common loses, and by
  // common / (union · (union - 1)) at another, which union gains. As differences they would be noise.
  const before = clip(sub(union, other), 1, LARGE);
  const rises = div(add(own, mul(other, div(common, before))), union);
  return { sorted, rises, slopes: place(rises, indices, n) };
}
