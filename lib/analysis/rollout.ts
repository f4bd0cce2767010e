import { sum } from "../graph/ops/broadcast.ts";
import { add, div, min, mul, neg } from "../graph/ops/math.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { mean } from "../graph/ops/reduce.ts";
import { reshape, slice, swapLast } from "../graph/ops/structure.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/** How the heads of a layer become one. */
export type Fusion = "mean" | "max" | "min";

/**
 * Attention rollout (Abnar and Zuidema 2020): what reaches queries [1, c, n], rows of one-hot tokens,
 * from the tokens before the first layer, [1, c, n]. Each layer's weights [1, heads, n, n] are fused over
 * heads, half of the identity stands for the residual path, and rows are normalised again:
 * R_l = A_l R_(l-1). Multiplied from the query's side, no product of two matrices is needed.
 */
export function rollout(queries: Tensor, layers: readonly Tensor[], fusion: Fusion): Tensor {
  return layers.reduceRight((reached, weights) => {
    const fused = fusedHeads(weights, fusion); // [1, n, n]
    const total = mul(add(sum(fused, [-1]), scalar(1)), scalar(0.5)); // of a row of A before normalising
    const shared = div(reached, swapLast(total));
    return mul(add(matmul(shared, fused), shared), scalar(0.5));
  }, queries);
}

/** Weights [1, heads, n, m] as one head, [1, n, m]. */
function fusedHeads(weights: Tensor, fusion: Fusion): Tensor {
  const [b, heads, n, m] = weights.dims(4);
  if (fusion === "mean") return reshape(mean(weights, [1]), [b, n, m]);
  const each = Array.from({ length: heads }, (_, i) => {
    return reshape(slice(weights, [0, i, 0, 0], [b, 1, n, m]), [b, n, m]);
  });
  return fusion === "min" ? each.reduce(min) : each.reduce((x, y) => neg(min(neg(x), neg(y))));
}
