import { concat } from "../../graph/ops/concat.ts";
import { add, relu } from "../../graph/ops/math.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { batchNorm, conv, scoreConv } from "../../nn/convolution.ts";
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

/**
 * SETR-MLA, multi-level feature aggregation (section 3.2): the patches [b, rows · columns, dim] of four
 * blocks to as many levels [b, 256, rows, columns]. Each level gets the sum of those above it as well.
 */
export function mlaLevels(
  p: Scope,
  blocks: readonly Tensor[],
  grid: Grid,
  eps: number,
): readonly Tensor[] {
  const sides = blocks.map((patches, i) => {
    const normed = p.tap(`norm_${i}`, layerNorm(p.at(`norm_${i}`), patches, eps));
    const q = p.at("mla").at(`mla_p${i + 2}_1x1`);
    return relu(batchNorm(q.at(1), pointwise(q.at(0), toMap(normed, grid), CHANNELS, false)));
  });
  // From the last block down: p5, p5 + p4, and so on.
  const sums = [...sides];
  for (let i = sums.length - 2; i >= 0; i--) sums[i] = add(sums[i + 1]!, sides[i]!);
  return sums.map((x, i) => {
    const level = levelConvolution(p.at("mla").at(`mla_p${i + 2}`), x, CHANNELS, 0);
    return p.tap(`mla_p${i + 2}`, level);
  });
}

/**
 * Two 3×3 convolutions on each level, sides times 4, and a convolution of all together: to class
 * scores [b, classes, 4 · rows, 4 · columns].
 */
export function mlaHead(
  p: Scope,
  levels: readonly Tensor[],
  { levelChannels, classes }: { readonly levelChannels: number; readonly classes: number },
): Tensor {
  const branches = levels.map((level, i) => {
    const q = p.at("mlahead").at(`head${i + 2}`);
    const x = levelConvolution(q, levelConvolution(q, level, levelChannels, 0), levelChannels, 3);
    const [, , h, w] = x.dims(4);
    // The only interpolation of SETR's that aligns corners; the original hard-codes it.
    return resizeBilinear(x, 4 * h, 4 * w, true);
  });
  const joined = p.tap("mlahead", concat(branches, 1));
  return p.tap("lowres", scoreConv(p.at("cls"), joined, classes));
}

/** MLA's auxiliary head: a level [b, 256, rows, columns] to class scores [b, classes, rows, columns]. */
export function mlaAuxiliaryHead(p: Scope, level: Tensor, classes: number): Tensor {
  return p.tap("lowres", pointwise(p.at("aux"), level, classes, false));
}

/** Modules `first` and `first + 1` of a sequence: a 3×3 convolution and batch norm. */
function levelConvolution(p: Scope, x: Tensor, out: number, first: number): Tensor {
  const y = conv(p.at(first), x, { out, kernel: 3, padding: 1, bias: false });
  return relu(batchNorm(p.at(first + 1), y));
}
