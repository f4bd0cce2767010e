import { withGradient } from "../custom.ts";
import { scalar, type Tensor } from "../tensor.ts";
import { sum } from "./broadcast.ts";
import { split } from "./concat.ts";
import { add, mul, sub } from "./math.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./normalize.ts";
import { reshape, swapLast, transpose } from "./structure.ts";

/** What attention gives: y [b, n, dim], and the weights [b, heads, n, m] before a mask. */
export interface Attended {
  readonly y: Tensor;
  readonly weights: Tensor;
}

/**
 * Multi-head self-attention. `qkv` [b, n, 3·dim] holds queries, keys and values, each head by head;
 * `mask` [b, heads, n, n] multiplies the attention weights (dropout) where it is given.
 */
export function attend(qkv: Tensor, heads: number, mask: Tensor | null): Attended {
  const [, , width] = qkv.dims(3);
  const [q, k, v] = split(qkv, 2, [width / 3, width / 3, width / 3]) as [Tensor, Tensor, Tensor];
  return multiHead(q, k, v, heads, mask);
}

/**
 * Multi-head self-attention within windows: `qkv` [images · windows, n, 3·dim] as in `attend`, the
 * windows of an image one after the other, and `bias` [windows, heads, n, n], which is added to the scores of
 * every image before the softmax; of one window it is added to all.
 */
export function attendBiased(qkv: Tensor, heads: number, bias: Tensor): Attended {
  const [, , width] = qkv.dims(3);
  const [q, k, v] = split(qkv, 2, [width / 3, width / 3, width / 3]) as [Tensor, Tensor, Tensor];
  return multiHead(q, k, v, heads, null, bias);
}

/**
 * Multi-head attention of tokens to others: queries `q` [b, n, dim], and `kv` [b, m, 2·dim] with the
 * keys and then the values.
 */
export function attendTo(q: Tensor, kv: Tensor, heads: number): Attended {
  const [, , dim] = q.dims(3);
  const [k, v] = split(kv, 2, [dim, dim]) as [Tensor, Tensor];
  return multiHead(q, k, v, heads, null);
}

/**
 * Multi-head attention of queries `q` [b, n, dim] to keys `k` and values `v`, both [b, m, dim]; `closed`
 * [b, 1, n, m], where it is given, is added to the scores: a large negative number where a query may not look.
 */
export function attendParts(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  closed: Tensor | null = null,
): Attended {
  return multiHead(q, k, v, heads, null, closed);
}

function multiHead(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  heads: number,
  mask: Tensor | null,
  bias: Tensor | null = null,
): Attended {
  const [b, n, dim] = q.dims(3);
  if (dim % heads !== 0) {
    throw new RangeError(`Cannot attend: heads that divide ${dim} needed, got ${heads}`);
  }
  const side = dim / heads;
  const scaled = mul(byHead(q, heads), scalar(side ** -0.5));
  const products = matmul(scaled, swapLast(byHead(k, heads)));
  const scores = bias ? biased(products, bias) : products;
  const { mixed, weights } = mix(scores, byHead(v, heads), mask);
  return { y: reshape(swapTokens(mixed), [b, n, dim]), weights };
}

/**
 * Scores [b, heads, n, m] plus others of as many or of one; or, of windows that follow each other image by
 * image, plus those of an image's [windows, heads, n, m].
 */
function biased(scores: Tensor, bias: Tensor): Tensor {
  const [b, heads, n, m] = scores.dims(4);
  const [windows] = bias.dims(4);
  if (windows === 1 || windows === b) return add(scores, bias);
  const byImage = reshape(scores, [b / windows, windows, heads, n, m]);
  return reshape(add(byImage, bias), scores.shape);
}

/** Tokens [b, n, dim] as [b, heads, n, dim / heads]. */
function byHead(x: Tensor, heads: number): Tensor {
  const [b, n, dim] = x.dims(3);
  return swapTokens(reshape(x, [b, n, heads, dim / heads]));
}

/** Axes 1 and 2 swapped: heads and tokens. Nothing moves where there is one head. */
function swapTokens(x: Tensor): Tensor {
  const [b, n, heads, side] = x.dims(4);
  const free = n === 1 || heads === 1;
  return free ? reshape(x, [b, heads, n, side]) : transpose(x, [0, 2, 1, 3]);
}

/**
 * Values mixed by softmax(scores): scores [b, heads, n, m], v [b, heads, m, side]. The softmax
 * gradient needs the sums over each row of dP ∘ P; they equal those of dy ∘ y (Dao et al. 2022,
 * section 3.1), which has `side` columns in place of m.
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
