import { withGradient } from "../../graph/custom.ts";
import { sum } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { add, exp, mul, neg } from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { reshape, slice, swapLast } from "../../graph/ops/structure.ts";
import { constant, type Tensor } from "../../graph/tensor.ts";
import { type Pixels, sideBySide } from "./pixels.ts";

/** Sums over the labelled pixels of a batch, each [1, classes]. */
export interface ClassSums {
  /** The probability of each class at its own pixels. */
  readonly hit: Tensor;
  /** The probability of each class everywhere. */
  readonly predicted: Tensor;
  /** The pixels of each class; a constant for the gradient. */
  readonly labelled: Tensor;
}

/**
 * The sums that soft scores of regions are made of. As products of rows with a matrix each reads the
 * pixels once, and with the gradient p ⊙ (v B - r) + one-hot ⊙ a, for dL/dhit = A and dL/dpredicted = B,
 * little more is written than cross entropy's.
 */
export function classSums(pixels: Pixels): ClassSums {
  const { images, count, classes, logits, probabilities, valid, hot } = pixels;
  const own = mul(exp(pixels.own), valid); // [n, 1]
  const each = count / images;
  const rows = (x: Tensor) => reshape(x, [images, 1, each]);
  const maps = (x: Tensor) => reshape(x, [images, each, classes]);
  const truth = sum(matmul(concat([rows(own), rows(valid)], 1), maps(hot)), [0]); // [1, 2, classes]
  const all = sum(matmul(rows(valid), maps(probabilities)), [0]); // [1, 1, classes]
  const line = (x: Tensor, i: number) => slice(reshape(x, [2, classes]), [i, 0], [1, classes]);
  const soft = concat([line(truth, 0), reshape(all, [1, classes])], 0); // [2, classes]
  const derived = withGradient(soft, [logits], (dy) => {
    const [toHit, toPredicted] = [line(dy, 0), line(dy, 1)];
    const a = mul(own, matmul(hot, swapLast(toHit)));
    const expected = mul(valid, matmul(probabilities, swapLast(toPredicted)));
    const ones = constant(new Array<number>(classes).fill(1), [1, classes]);
    const slopes = matmul(
      sideBySide(valid, neg(add(a, expected))),
      concat([toPredicted, ones], 0),
    );
    return [add(mul(probabilities, slopes), mul(hot, a))];
  });
  return { hit: line(derived, 0), predicted: line(derived, 1), labelled: line(truth, 1) };
}
