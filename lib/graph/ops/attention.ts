import { withGradient } from "../custom.ts";
import { scalar, type Tensor } from "../tensor.ts";
import { mul, sub } from "./math.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./normalize.ts";
import { sum } from "./reduce.ts";
import { reshape, split, swapLast, transpose } from "./structure.ts";

/**
 * Multi-head self-attention. `qkv` [b, n, 3·dim] holds queries, keys and values, each head by head;
 * `mask` [b, heads, n, n] multiplies the attention weights (dropout) where it is given. Returns
 * y [b, n, dim] and the weights before the mask.
 */
export function attend(
  qkv: Tensor,
  heads: number,
  mask: Tensor | null,
): { y: Tensor; weights: Tensor } {
  const [b, n, width] = qkv.dims(3);
  const dim = width / 3;
  if (dim % heads !== 0) {
    throw new RangeError(`Cannot attend: heads that divide ${dim} needed, got ${heads}`);
  }
  const side = dim / heads;
  const byHead = (x: Tensor) => transpose(reshape(x, [b, n, heads, side]), [0, 2, 1, 3]);
  const [q, k, v] = split(qkv, 2, [dim, dim, dim]).map(byHead) as [Tensor, Tensor, Tensor];
  const scores = matmul(mul(q, scalar(side ** -0.5)), swapLast(k));
  const { mixed, weights } = mix(scores, v, mask);
  return { y: reshape(transpose(mixed, [0, 2, 1, 3]), [b, n, dim]), weights };
}

/**
 * Values mixed by softmax(scores): scores [b, heads, n, n], v [b, heads, n, side]. The softmax
 * gradient needs the sums over each row of dP ∘ P; they equal those of dy ∘ y (Dao et al. 2022,
 * section 3.1), which has `side` columns in place of n.
 */
function mix(scores: Tensor, v: Tensor, mask: Tensor | null) {
  const weights = softmax(scores);
  const used = mask ? mul(weights, mask) : weights;
  const y = matmul(used, v);
  const mixed = withGradient(y, [scores, v], (dy) => {
    const dUsed = matmul(dy, swapLast(v));
    const dWeights = mask ? mul(dUsed, mask) : dUsed;
    const dScores = mul(weights, sub(dWeights, sum(mul(dy, y), [-1])));
    return [dScores, matmul(swapLast(used), dy)];
  });
  return { mixed, weights };
}
