import { add, mul } from "../graph/ops/math.ts";
import { layerNorm } from "../graph/ops/normalize.ts";
import { reshape } from "../graph/ops/structure.ts";
import { constant, type Tensor } from "../graph/tensor.ts";
import { ones, zeros } from "./init.ts";
import type { Scope } from "./scope.ts";

/**
 * Group norm of x [b, c, h, w] (Wu and He 2018): the channels of a group and their pixels are normed
 * together, image by image, then each channel has a weight and a bias of its own.
 */
export function groupNorm(p: Scope, x: Tensor, groups: number, eps: number): Tensor {
  const [b, c, h, w] = x.dims(4);
  if (c % groups !== 0) {
    throw new RangeError(`Cannot norm ${x}: channels in ${groups} equal groups needed, got ${c}`);
  }
  const weight = p.param("weight", [c], ones);
  const bias = p.param("bias", [c], zeros);
  const normed = reshape(normedRows(reshape(x, [b, groups, c / groups * h * w]), eps), x.shape);
  return add(mul(normed, reshape(weight, [c, 1, 1])), reshape(bias, [c, 1, 1]));
}

/** Rows of x [..., n] less their mean, divided by √(variance + eps): the biased variance. */
export function normedRows(x: Tensor, eps: number): Tensor {
  const n = x.shape.at(-1)!;
  return layerNorm(x, constant(new Float32Array(n).fill(1)), constant(new Float32Array(n)), eps);
}
