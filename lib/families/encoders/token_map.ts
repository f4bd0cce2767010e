import { add } from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { reshape, swapLast } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { uniformFanIn } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Grid } from "./vit.ts";

/** Tokens [b, rows · columns, dim] as a map [b, dim, rows, columns]. */
export function toMap(tokens: Tensor, [rows, columns]: Grid): Tensor {
  const [b, , dim] = tokens.dims(3);
  return reshape(swapLast(tokens), [b, dim, rows, columns]);
}

/**
 * A 1×1 convolution of x [b, in, h, w] to [b, out, h, w] as a matrix product, whose gradients are
 * matrix products as well. The weights begin as torch's.
 */
export function pointwise(p: Scope, x: Tensor, out: number, bias: boolean): Tensor {
  const [b, channels, h, w] = x.dims(4);
  const weight = p.param("weight", [out, channels, 1, 1], uniformFanIn(channels));
  const y = matmul(reshape(weight, [out, channels]), reshape(x, [b, channels, h * w]));
  const shifted = bias
    ? add(y, reshape(p.param("bias", [out], uniformFanIn(channels)), [out, 1]))
    : y;
  return reshape(shifted, [b, out, h, w]);
}
