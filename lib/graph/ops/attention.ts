import type { Tensor } from "../tensor.ts";
import { mul } from "./math.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./normalize.ts";
import { reshape, split, swapLast, transpose } from "./structure.ts";
import { scalar } from "../tensor.ts";

/**
 * Multi-head self-attention. `qkv` [b, n, 3·dim] holds queries, keys and values, each head by head;
 * `drop` may thin the attention weights [b, heads, n, n]. Returns y [b, n, dim] and the weights.
 */
export function attend(
  qkv: Tensor,
  heads: number,
  drop: (weights: Tensor) => Tensor,
): { y: Tensor; weights: Tensor } {
  const [b, n, width] = qkv.dims(3);
  const dim = width / 3;
  if (dim % heads !== 0) {
    throw new RangeError(`Cannot attend: heads that divide ${dim} needed, got ${heads}`);
  }
  const side = dim / heads;
  const byHead = (x: Tensor) => transpose(reshape(x, [b, n, heads, side]), [0, 2, 1, 3]);
  const [q, k, v] = split(qkv, 2, [dim, dim, dim]).map(byHead) as [Tensor, Tensor, Tensor];
  const weights = softmax(matmul(mul(q, scalar(side ** -0.5)), swapLast(k)));
  const mixed = matmul(drop(weights), v); // [b, heads, n, side]
  return { y: reshape(transpose(mixed, [0, 2, 1, 3]), [b, n, dim]), weights };
}
