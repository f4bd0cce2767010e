import { concat } from "../../graph/ops/concat.ts";
import { expand } from "../../graph/ops/broadcast.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { reshape, slice, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { truncatedNormal } from "../../nn/init.ts";
import { depthRates, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import type { Anatomy } from "../anatomy.ts";
import {
  type Partition,
  partitionIfLarger,
  type SwinConfig,
  swinParts,
  swinStages,
} from "../encoders/swin.ts";
import { SWIN_EPS, swinBlock } from "../encoders/swin_block.ts";
import { pointwise } from "../encoders/token_map.ts";

/** Swin-Unet (Cao et al. 2021): a Swin Transformer of four stages, and its mirror image as decoder. */
export interface SwinUnetConfig {
  /** The side of the square images whose maps decide on windows and shifts. */
  readonly image: number;
  /** The decoder's stages have the same blocks, heads and stochastic depth, in the opposite order. */
  readonly encoder: SwinConfig;
  readonly classes: number;
}

/** Side of the patches in pixels. */
const PATCH = 4;

/**
 * Class scores of images [b, 3, h, w] at their own size, filled up to whole patches; grey ones are
 * repeated to three channels. The official network takes the size alone that it was built for; maps of
 * other sizes are filled up here wherever they are cut into windows or merged.
 */
export function swinUnet(p: Scope, images: Tensor, config: SwinUnetConfig): Scores {
  const { encoder, classes } = config;
  const [b, channels, h, w] = images.dims(4);
  const colours = channels === 1 ? expand(images, [b, 3, h, w]) : images;
  const partition = builtPartition(config);
  const stages = swinStages(p, colours, encoder, partition);
  const x = p.tap("norm", layerNorm(p.at("norm"), stages.at(-1)!.last, SWIN_EPS));
  const decoded = decoder(p, x, stages.map(({ first }) => first), encoder, partition);
  const normed = p.tap("norm_up", layerNorm(p.at("norm_up"), decoded, SWIN_EPS));
  const pixels = p.tap("expand4", patchExpand(p.at("up"), normed, PATCH, encoder.dim));
  const map = transpose(pixels, [0, 3, 1, 2]);
  const [, , height, width] = map.dims(4);
  return { map: pointwise(p.at("output"), map, classes, false), height, width };
}

/** Windows as on the maps of the image that the network is built for, whatever the image. */
function builtPartition({ image }: SwinUnetConfig): Partition {
  return ({ stage }, window, isOdd) => {
    const side = Math.ceil(image / (PATCH << stage));
    return partitionIfLarger({ h: side, w: side, stage }, window, isOdd);
  };
}

/**
 * The coarsest map [b, h, w, dim] upwards: from stage to stage its sides are doubled, the map that the
 * encoder's stage began with comes beside it, and blocks as the encoder's follow.
 */
function decoder(
  p: Scope,
  x: Tensor,
  skips: readonly Tensor[],
  { dim, depths, heads, window, dropPath }: SwinConfig,
  partition: Partition,
): Tensor {
  const rates = depthRates(dropPath, depths.reduce((sum, depth) => sum + depth, 0));
  const last = depths.length - 1;
  for (let i = 1; i <= last; i++) {
    const s = last - i;
    const below = p.at("layers_up").at(i - 1);
    const scope = i === 1 ? below : below.at("upsample"); // the first stage of the decoder is no more
    const doubled = patchExpand(scope, x, 2, dim << s);
    x = skipped(p.at("concat_back_dim").at(i), p.tap(`up${i - 1}`, doubled), skips[s]!);
    p.tap(`skip${i}`, x);
    const [, h, w] = x.dims(4);
    const before = depths.slice(0, s).reduce((sum, depth) => sum + depth, 0);
    for (let k = 0; k < depths[s]!; k++) {
      const windowing = partition({ h, w, stage: s }, window, k % 2 === 1);
      const config = { ...windowing, heads: heads[s]!, dropPath: rates[before + k]! };
      x = swinBlock(p.at("layers_up").at(i).at("blocks").at(k), x, config);
    }
  }
  return p.tap(`up${last}`, x);
}

/** A map [b, h', w', dim] cut to the sides of a skipped one, side by side with it, and mixed to `dim`. */
function skipped(p: Scope, x: Tensor, skip: Tensor): Tensor {
  const [b, h, w, dim] = skip.dims(4);
  return linear(p, concat([slice(x, [0, 0, 0, 0], [b, h, w, dim]), skip], 3), dim);
}

/** Each cell of a map [b, h, w, dim] as factor × factor cells, normed: [b, factor·h, factor·w, out]. */
function patchExpand(p: Scope, x: Tensor, factor: number, out: number): Tensor {
  const [b, h, w, dim] = x.dims(4);
  const shape = [factor * factor * out, dim];
  const weight = p.at("expand").param("weight", shape, truncatedNormal(0.02));
  const cells = reshape(affine(x, weight, null), [b * h, w, factor, factor * out]);
  const rows = transpose(cells, [0, 2, 1, 3]);
  const map = reshape(rows, [b, factor * h, factor * w, out]);
  return layerNorm(p.at("norm"), map, SWIN_EPS);
}

/** What of a Swin-Unet can be looked at: the tokens behind each stage of its encoder. */
export function swinUnetAnatomy({ encoder: { depths } }: SwinUnetConfig): Anatomy {
  return {
    attention: [],
    features: depths.map((depth, s) => {
      const place = { stride: PATCH << s, part: "encoder", before: 0 } as const;
      return { ...place, name: `stage${s}`, tap: `block${s}.${depth - 1}` };
    }),
    encoder: { ...swinParts("", depths), end: ["norm."] },
  };
}
