import { sum } from "../graph/ops/broadcast.ts";
import { largest, oneHot } from "../graph/ops/indices.ts";
import { clip, float, log, mul, neg, sub } from "../graph/ops/math.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/** The least probability of which a logarithm is taken; p log p is 0 below it. */
const LEAST = 1e-30;

/** The entropy of probabilities [..., classes] in nats [..., 1]. */
export function entropy(p: Tensor): Tensor {
  return neg(sum(mul(p, log(clip(p, LEAST, 1))), [-1]));
}

/** The largest of probabilities [..., classes] less the second [..., 1]. */
export function margin(p: Tensor): Tensor {
  const first = largest(p);
  return sub(first.value, largest(without(p, first.index)).value);
}

/** Probabilities with 0 in the place of an index [..., 1]. */
function without(p: Tensor, index: Tensor): Tensor {
  return mul(p, sub(scalar(1), oneHot(float(index), p.shape.at(-1)!)));
}
