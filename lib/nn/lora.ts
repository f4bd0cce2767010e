import type { NDArray } from "../array.ts";
import { mul } from "../graph/ops/math.ts";
import { affine } from "../graph/ops/matmul.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { uniformFanIn, zeros } from "./init.ts";
import type { Scope } from "./scope.ts";
import type { Lora } from "./tuning.ts";

/**
 * What a low-rank adapter adds to a linear layer: alpha / rank · x Aᵀ Bᵀ, x [..., in] to [..., out], under
 * PEFT's names: lora_A [rank, in] begins as torch's linear layers do, lora_B [out, rank] as zeros.
 */
export function lowRank(p: Scope, x: Tensor, out: number, { rank, alpha }: Lora): Tensor {
  const dim = x.shape.at(-1)!;
  const a = p.at("lora_A").param("weight", [rank, dim], uniformFanIn(dim));
  const b = p.at("lora_B").param("weight", [out, rank], zeros);
  return mul(affine(affine(x, a, null), b, null), scalar(alpha / rank));
}

const ADAPTER = /\.lora_[AB]\.weight$/;

/** Whether a parameter is an adapter's. */
export function isAdapter(name: string): boolean {
  return ADAPTER.test(name);
}

/** The same network without adapters: W + alpha / rank · B A takes the place of each adapted W. */
export function merged(
  weights: ReadonlyMap<string, NDArray>,
  { rank, alpha }: Pick<Lora, "rank" | "alpha">,
): Map<string, NDArray> {
  const without = [...weights].filter(([name]) => !isAdapter(name));
  return new Map(without.map(([name, weight]) => {
    const layer = name.replace(/\.weight$/, "");
    const a = weights.get(`${layer}.lora_A.weight`);
    const b = weights.get(`${layer}.lora_B.weight`);
    return [name, a && b ? plusProduct(weight, b, a, alpha / rank) : weight];
  }));
}

/** W + scale · B A for W [out, in], B [out, rank], A [rank, in]. */
function plusProduct({ shape, data }: NDArray, b: NDArray, a: NDArray, scale: number): NDArray {
  const [rank, dim] = a.shape as [number, number];
  const sum = Float64Array.from(data);
  for (let i = 0; i < sum.length; i++) {
    const [row, column] = [Math.floor(i / dim), i % dim];
    let product = 0;
    for (let k = 0; k < rank; k++) product += b.data[row * rank + k]! * a.data[k * dim + column]!;
    sum[i]! += scale * product;
  }
  return { shape, data: Float32Array.from(sum) };
}
