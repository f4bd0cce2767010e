import { relu } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv } from "../../nn/convolution.ts";
import { layerNorm } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import { pointwise, toMap } from "../encoders/token_map.ts";
import type { Grid } from "../encoders/vit.ts";

/** What the heads need to know besides their tokens. */
export interface UpsamplingConfig {
  /** LayerNorm's eps. */
  readonly eps: number;
  readonly classes: number;
}

/** A head on the patches [b, rows · columns, dim] of one block. */
export type UpsamplingHead = (
  p: Scope,
  patches: Tensor,
  grid: Grid,
  config: UpsamplingConfig,
) => Tensor;

/** Channels inside all heads, whatever the encoder's width. */
const CHANNELS = 256;

/** SETR-Naive (section 3.2): two 1×1 convolutions, to class scores [b, classes, rows, columns]. */
export const naiveHead: UpsamplingHead = (p, patches, grid, { eps, classes }) => {
  const x = pointwise(p.at("conv_0"), normedMap(p, patches, grid, eps), CHANNELS, true);
  return p.tap("lowres", pointwise(p.at("conv_1"), normRelu(p, x, 0), classes, true));
};

/**
 * SETR-PUP, progressive upsampling (section 3.2): four 3×3 convolutions, the sides doubled in between,
 * to class scores [b, classes, 8 · rows, 8 · columns] whose sides are still to be doubled.
 */
export const pupHead: UpsamplingHead = (p, patches, grid, { eps, classes }) => {
  let x = convNormRelu(p, normedMap(p, patches, grid, eps), 0);
  for (const i of [1, 2, 3]) x = convNormRelu(p, enlarged(x, 2), i);
  return p.tap("lowres", pointwise(p.at("conv_4"), x, classes, true));
};

/** PUP's auxiliary head: one 3×3 convolution, to class scores [b, classes, 4 · rows, 4 · columns]. */
export const pupAuxiliaryHead: UpsamplingHead = (p, patches, grid, { eps, classes }) => {
  const x = convNormRelu(p, normedMap(p, patches, grid, eps), 0);
  // The original enlarges before conv_1. Both orders are equal; few channels are enlarged faster.
  return p.tap("lowres", enlarged(pointwise(p.at("conv_1"), x, classes, true), 4));
};

/** The head's own layer norm stands in for the encoder's final one. */
function normedMap(p: Scope, patches: Tensor, grid: Grid, eps: number): Tensor {
  return toMap(p.tap("normed", layerNorm(p.at("norm"), patches, eps)), grid);
}

function convNormRelu(p: Scope, x: Tensor, i: number): Tensor {
  const y = conv(p.at(`conv_${i}`), x, { out: CHANNELS, kernel: 3, padding: 1, bias: true });
  return normRelu(p, y, i);
}

function normRelu(p: Scope, x: Tensor, i: number): Tensor {
  return relu(p.tap(`bn${i}`, batchNorm(p.at(`syncbn_fc_${i}`), x)));
}

function enlarged(x: Tensor, factor: number): Tensor {
  const [, , h, w] = x.dims(4);
  return resizeBilinear(x, factor * h, factor * w);
}
