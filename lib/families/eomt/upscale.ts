import { conv2d } from "../../graph/ops/conv.ts";
import { gelu } from "../../graph/ops/math.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { layerNorm } from "../../graph/ops/normalize.ts";
import { reshape, transpose } from "../../graph/ops/structure.ts";
import { add } from "../../graph/ops/math.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { ones, uniformFanIn, zeros } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";

/** The weights of one doubling of a map's resolution. */
export interface UpscaleWeights {
  /** A transposed convolution [dim, dim, 2, 2] with stride 2, and its bias. */
  readonly conv1: readonly [weight: Tensor, bias: Tensor];
  /** A depthwise convolution [dim, 1, 3, 3]. */
  readonly conv2: Tensor;
  readonly norm: readonly [weight: Tensor, bias: Tensor];
}

const EPS = 1e-6;

/** Declares them (tue-mps/eomt models/scale_block.py). */
export function upscaleWeights(p: Scope, dim: number): UpscaleWeights {
  const [conv1, norm] = [p.at("conv1"), p.at("norm")];
  return {
    conv1: [
      conv1.param("weight", [dim, dim, 2, 2], uniformFanIn(4 * dim)),
      conv1.param("bias", [dim], uniformFanIn(4 * dim)),
    ],
    conv2: p.at("conv2").param("weight", [dim, 1, 3, 3], uniformFanIn(9)),
    norm: [norm.param("weight", [dim], ones), norm.param("bias", [dim], zeros)],
  };
}

/**
 * A map x [b, h, w, dim] at twice its resolution [b, 2h, 2w, dim]. Where stride and kernel are alike a transposed
 * convolution is a product whose rows are cut into cells.
 */
export function upscale(x: Tensor, { conv1, conv2, norm }: UpscaleWeights): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const [kernel, bias] = conv1;
  const cells = affine(x, reshape(transpose(kernel, [2, 3, 1, 0]), [4 * dim, dim]), null);
  const apart = transpose(reshape(cells, [b * h, w, 2, 2 * dim]), [0, 2, 1, 3]);
  const wide = gelu(add(reshape(apart, [b, 2 * h, 2 * w, dim]), bias));
  const options = { stride: 1, padding: 1, dilation: 1, groups: dim };
  const smoothed = conv2d(transpose(wide, [0, 3, 1, 2]), conv2, null, options);
  return layerNorm(transpose(smoothed, [0, 2, 3, 1]), ...norm, EPS);
}
