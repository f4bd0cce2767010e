import { affine } from "../../graph/ops/matmul.ts";
import { pad, reshape, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal } from "../../nn/init.ts";
import { depthRates, layerNorm } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Anatomy, EncoderParts } from "../anatomy.ts";
import { SWIN_EPS, swinBlock, type Windowing } from "./swin_block.ts";
import { padToPatches, patchEmbed } from "./vit.ts";

/** A Swin Transformer (Liu et al. 2021): stages at strides 4, 8, 16 and so on, attention in windows. */
export interface SwinConfig {
  /** Channels of the first stage; each further one has twice as many. */
  readonly dim: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Side of a window in cells: 7 or 12 as published. */
  readonly window: number;
  /** Stochastic depth: from 0 in the first block linearly to this in the last of all stages. */
  readonly dropPath: number;
}

/** Side of the patches in pixels. */
const PATCH = 4;

/** A map of a stage, which count from 0. */
export interface StageGrid {
  readonly h: number;
  readonly w: number;
  readonly stage: number;
}

/** How a block cuts the map of its stage; every other one is shifted. */
export type Partition = (grid: StageGrid, window: number, isOdd: boolean) => Windowing;

/** Windows whatever the map, and shifts by half of one: mmsegmentation and transformers' backbone. */
export const alwaysPartition: Partition = (_, window, isOdd) => (
  { side: window, shift: isOdd ? Math.floor(window / 2) : 0 }
);

/**
 * The classifier's rule, in the original and in transformers: a map with a side that is no larger than the
 * window is one window, as large as the shorter side, and is not shifted.
 */
export const partitionIfLarger: Partition = (grid, window, isOdd) => {
  const shortest = Math.min(grid.h, grid.w);
  return shortest <= window ? { side: shortest, shift: 0 } : alwaysPartition(grid, window, isOdd);
};

/** What a stage begins and ends with: maps with channels last [b, rows, columns, dim]. */
export interface SwinStage {
  readonly first: Tensor;
  readonly last: Tensor;
}

/**
 * Images [b, 3, h, w] of any size, filled up with zeros to whole patches, to what all stages make of
 * them, before any norm behind them.
 */
export function swinStages(
  p: Scope,
  images: Tensor,
  { dim, depths, heads, window, dropPath: highest }: SwinConfig,
  partition: Partition,
): readonly SwinStage[] {
  const padded = padToPatches(images, PATCH);
  const [b, , height, width] = padded.dims(4);
  const embed = p.at("patch_embed");
  const patches = patchEmbed(embed, padded, { patch: PATCH, dim });
  const tokens = p.tap("embed", layerNorm(embed.at("norm"), patches, SWIN_EPS));
  const rates = depthRates(highest, depths.reduce((sum, depth) => sum + depth, 0)).values();
  const stages: SwinStage[] = [];
  let x = reshape(tokens, [b, height / PATCH, width / PATCH, dim]);
  for (const [s, depth] of depths.entries()) {
    if (s > 0) x = p.tap(`merge${s - 1}`, patchMerging(p.at("layers").at(s - 1), x));
    const first = x;
    const [, h, w, channels] = x.dims(4);
    for (let i = 0; i < depth; i++) {
      const windowing = partition({ h, w, stage: s }, window, i % 2 === 1);
      const config = { ...windowing, heads: heads[s]!, dropPath: rates.next().value! };
      x = swinBlock(p.at("layers").at(s).at("blocks").at(i), x, config);
      p.tap(`block${s}.${i}`, reshape(x, [b, h * w, channels]));
    }
    stages.push({ first, last: x });
  }
  return stages;
}

/** The maps [b, dim, rows, columns] of all stages, each behind a norm of its own, for dense prediction. */
export function swin(p: Scope, images: Tensor, config: SwinConfig): readonly Tensor[] {
  return swinStages(p, images, config, alwaysPartition).map(({ last }, s) => {
    const normed = layerNorm(p.at(`norm${s}`), last, SWIN_EPS);
    return p.tap(`stage${s}`, transpose(normed, [0, 3, 1, 2]));
  });
}

/**
 * Squares of four cells of a map [b, h, w, dim] side by side, normed and mixed to [b, h/2, w/2, 2·dim];
 * zeros are added to odd sides. The four stand in the order (row, column) 00, 10, 01, 11.
 */
function patchMerging(p: Scope, x: Tensor): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const [rows, columns] = [Math.ceil(h / 2), Math.ceil(w / 2)];
  const even = pad(x, [0, 0, 0, 0], [b, 2 * rows, 2 * columns, dim]);
  const squares = transpose(reshape(even, [b * rows, 2, columns, 2, dim]), [0, 2, 3, 1, 4]);
  const scope = p.at("downsample");
  const four = reshape(squares, [b, rows, columns, 4 * dim]);
  const normed = layerNorm(scope.at("norm"), four, SWIN_EPS);
  const weight = scope.at("reduction").param("weight", [2 * dim, 4 * dim], truncatedNormal(0.02));
  return affine(normed, weight, null);
}

/**
 * What of a Swin below `path` ("backbone.") can be looked at: its stages. Attention within windows is none
 * over the image, and is left out.
 */
export function swinAnatomy(path: string, { depths }: SwinConfig): Anatomy {
  const { blocks, ...others } = swinParts(path, depths);
  const last = depths.length - 1;
  const ends = depths.map((_, s) => depths.slice(0, s + 1).reduce((sum, depth) => sum + depth, 0));
  return {
    attention: [],
    features: depths.map((_, s) => {
      const name = `stage${s}`;
      return { name, part: "encoder", tap: path + name, stride: PATCH << s, before: null };
    }),
    encoder: {
      ...others,
      blocks: blocks.map((names, i) => {
        const s = ends.indexOf(i + 1);
        return s < 0 || s === last ? names : [...names, `${path}norm${s}.`];
      }),
      end: [`${path}norm${last}.`],
    },
  };
}

/** Where the parameters of a Swin below a path are, but for norms behind its stages. */
export function swinParts(
  path: string,
  depths: readonly number[],
): Pick<EncoderParts, "embedding" | "blocks" | "windowed"> {
  const blocks = depths.map((depth, s) =>
    Array.from({ length: depth }, (_, i) => `${path}layers.${s}.blocks.${i}.`)
  );
  return {
    embedding: [`${path}patch_embed.`],
    blocks: blocks.flatMap((names, s) =>
      names.map((name, i) => [
        ...s > 0 && i === 0 ? [`${path}layers.${s - 1}.downsample.`] : [],
        name,
      ])
    ),
    windowed: blocks.flat().map((name) => `${name}attn.`),
  };
}
