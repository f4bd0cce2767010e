import { expand } from "../../graph/ops/broadcast.ts";
import { concat, split } from "../../graph/ops/concat.ts";
import { conv2d } from "../../graph/ops/conv.ts";
import { add, clip, div, gelu, mul, sqrt, sub } from "../../graph/ops/math.ts";
import { affine, matmul } from "../../graph/ops/matmul.ts";
import { layerNorm } from "../../graph/ops/normalize.ts";
import { mean, sumSquares } from "../../graph/ops/reduce.ts";
import { reshape, transpose } from "../../graph/ops/structure.ts";
import { constant, scalar, type Tensor } from "../../graph/tensor.ts";
import { ones, uniformFanIn, zeros } from "../../nn/init.ts";
import type { Scope } from "../../nn/scope.ts";

/** The weights of one doubling of a map's resolution. */
export interface UpscaleWeights {
  /** A transposed convolution with stride 2 as a product [4 · dim, dim], and its bias [4 · dim]. */
  readonly conv1: readonly [weight: Tensor, bias: Tensor];
  /** A depthwise convolution [dim, 1, 3, 3]. */
  readonly conv2: Tensor;
  readonly norm: readonly [weight: Tensor, bias: Tensor];
}

const EPS = 1e-6;

/** Declares them (tue-mps/eomt models/scale_block.py). */
export function upscaleWeights(p: Scope, dim: number): UpscaleWeights {
  const [conv1, norm] = [p.at("conv1"), p.at("norm")];
  const kernel = conv1.param("weight", [dim, dim, 2, 2], uniformFanIn(4 * dim));
  const bias = conv1.param("bias", [dim], uniformFanIn(4 * dim));
  return {
    conv1: [
      reshape(transpose(kernel, [2, 3, 1, 0]), [4 * dim, dim]),
      reshape(expand(bias, [4, dim]), [4 * dim]),
    ],
    conv2: p.at("conv2").param("weight", [dim, 1, 3, 3], uniformFanIn(9)),
    norm: [norm.param("weight", [dim], ones), norm.param("bias", [dim], zeros)],
  };
}

/** A map x [b, h, w, dim] at twice its resolution [b, 2h, 2w, dim]. */
export function upscale(x: Tensor, weights: UpscaleWeights): Tensor {
  return layerNorm(transpose(doubled(x, weights), [0, 2, 3, 1]), ...weights.norm, EPS);
}

/**
 * The same before its norm, with channels first [b, dim, 2h, 2w]. Where stride and kernel are alike a transposed
 * convolution is a product whose rows are cut into cells.
 */
function doubled(x: Tensor, { conv1, conv2 }: UpscaleWeights): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const cells = gelu(affine(x, ...conv1));
  const apart = transpose(reshape(cells, [b * h, w, 2, 2 * dim]), [0, 2, 1, 3]);
  const wide = transpose(reshape(apart, [b, 4 * h * w, dim]), [0, 2, 1]);
  const options = { stride: 1, padding: 1, dilation: 1, groups: dim };
  return conv2d(reshape(wide, [b, dim, 2 * h, 2 * w]), conv2, null, options);
}

/**
 * Products [b, n, 2h, 2w] of vectors m [b, n, dim] with the cells of `upscale`, whose norm is never computed: for
 * z before it, with mean μ and deviation σ over channels, norm(z)·m = (m∘weight)·(z - μ)/σ + bias·m, and a
 * vector less its own mean needs no μ. A pass over all channels of the largest map costs as much as a layer
 * of the encoder.
 */
export function upscaledProducts(m: Tensor, x: Tensor, weights: UpscaleWeights): Tensor {
  const [b, n, dim] = m.dims(3);
  const map = doubled(x, weights);
  const [, , rows, columns] = map.dims(4);
  const z = reshape(map, [b, dim, rows * columns]);
  const [weight, bias] = weights.norm;
  const scaled = mul(m, weight);
  const centred = sub(scaled, mean(scaled, [-1]));
  const averaging = expand(constant([1 / dim], [1, 1, 1]), [b, 1, dim]); // the mean as one product more
  const products = matmul(concat([centred, averaging], 1), z);
  const [raw, mu] = split(products, 1, [n, 1]) as [Tensor, Tensor];
  const square = mul(sumSquares(z, [1]), scalar(1 / dim));
  const variance = clip(sub(square, mul(mu, mu)), 0, Infinity);
  const y = add(
    mul(raw, div(scalar(1), sqrt(add(variance, scalar(EPS))))),
    affine(m, reshape(bias, [1, dim]), null),
  );
  return reshape(y, [b, n, rows, columns]);
}
