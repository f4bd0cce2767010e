import { expand } from "../../graph/ops/broadcast.ts";
import { concat } from "../../graph/ops/concat.ts";
import { add, mul } from "../../graph/ops/math.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { resizeBilinear } from "../../graph/ops/resize.ts";
import { pad, reshape, slice, transpose } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import { truncatedNormal, uniformFanIn } from "../../nn/init.ts";
import { block, depthRates, dropout, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Anatomy } from "../anatomy.ts";

/** A vision transformer (Dosovitskiy et al. 2021), with a distillation token as DeiT where asked. */
export interface VitConfig {
  /** The image size [height, width] that the position embeddings are for. */
  readonly imageSize: readonly [number, number];
  readonly patch: number;
  readonly dim: number;
  readonly heads: number;
  readonly layers: number;
  readonly distilled: boolean;
  /** LayerNorm's eps: 1e-6 as trained by timm, 1e-5 in Segmenter. */
  readonly eps: number;
  readonly dropout: number;
  /** Stochastic depth: from 0 in the first layer linearly to this in the last. */
  readonly dropPath: number;
}

/** How many tokens stand before the patches: the class token and DeiT's distillation token. */
export function extraTokens({ distilled }: VitConfig): number {
  return distilled ? 2 : 1;
}

/**
 * What of a ViT below `path` ("encoder.") can be looked at: each block, whose tokens are the patches
 * with or without those before them.
 */
export function vitAnatomy(path: string, config: VitConfig, withExtra = true): Anatomy {
  const { patch: stride, heads, layers } = config;
  const before = withExtra
    ? ["class token", "distillation token"].slice(0, extraTokens(config))
    : [];
  const blocks = Array.from({ length: layers }, (_, i) => i);
  const place = { stride, part: "encoder" } as const;
  return {
    attention: blocks.map((i) => {
      const tap = `${path}blocks.${i}.attn.weights`;
      return { ...place, name: `encoder.${i}`, tap, heads, reduction: 1, before, behind: 0 };
    }),
    features: blocks.map((i) => {
      return { ...place, name: `encoder.${i}`, tap: `${path}block${i}`, before: before.length };
    }),
    encoder: {
      embedding: ["cls_token", "dist_token", "pos_embed", "patch_embed.", "pos_drop."]
        .map((name) => path + name),
      blocks: blocks.map((i) => [`${path}blocks.${i}.`]),
      end: [`${path}norm.`],
    },
  };
}

/** Rows and columns of a grid of patches. */
export type Grid = readonly [rows: number, columns: number];

/** Images [b, c, h, w] with zeros below and to the right, up to whole patches, as Segmenter pads. */
export function padToPatches(images: Tensor, patch: number): Tensor {
  const [b, c, h, w] = images.dims(4);
  const [height, width] = [Math.ceil(h / patch) * patch, Math.ceil(w / patch) * patch];
  return pad(images, [0, 0, 0, 0], [b, c, height, width]);
}

/**
 * Images [b, c, h, w], sides multiples of the patch, to tokens [b, extra + (h/patch)·(w/patch), dim]
 * after the final norm.
 */
export function vitEncoder(p: Scope, images: Tensor, config: VitConfig): Tensor {
  const tokens = embedTokens(p, images, patchEmbed, config);
  return p.tap("normed", layerNorm(p.at("norm"), vitBlocks(p, tokens, config).at(-1)!, config.eps));
}

/** Embedded tokens [b, n, dim] through all blocks: what each block gives, from first to last. */
export function vitBlocks(p: Scope, tokens: Tensor, config: VitConfig): readonly Tensor[] {
  const { heads, eps, dropout: rate } = config;
  const outputs: Tensor[] = [];
  // Frozen like the embedding; its noise has the name, and so the values, that it always had.
  const embedded = p.at("pos_drop").training ? dropout(p, tokens, rate) : tokens;
  let x = p.tap("embed", embedded);
  for (const [i, dropPath] of depthRates(config.dropPath, config.layers).entries()) {
    x = block(p.at("blocks").at(i), x, { heads, eps, dropout: rate, dropPath });
    outputs.push(p.tap(`block${i}`, x));
  }
  return outputs;
}

/**
 * Images [b, c, h, w] to tokens [b, extra + n, dim]: class tokens, then the patches that `embed` makes
 * of them, and position embeddings added to all.
 */
export function embedTokens(
  p: Scope,
  images: Tensor,
  embed: (p: Scope, images: Tensor, config: VitConfig) => Tensor,
  config: VitConfig,
): Tensor {
  const { patch, imageSize, dim } = config;
  const [b, , h, w] = images.dims(4);
  const token = (name: string) =>
    expand(p.param(name, [1, 1, dim], truncatedNormal(0.02)), [b, 1, dim]);
  const extra = [token("cls_token"), ...(config.distilled ? [token("dist_token")] : [])];
  const built = [imageSize[0] / patch, imageSize[1] / patch] as const;
  const shape = [1, extra.length + built[0] * built[1], dim];
  const table = p.param("pos_embed", shape, truncatedNormal(0.02));
  const position = resizePosition(table, extra.length, built, [h / patch, w / patch]);
  return add(concat([...extra, embed(p.at("patch_embed"), images, config)], 1), position);
}

/**
 * Cuts images [b, c, h, w] into patches and projects each, to [b, (h/patch)·(w/patch), dim]: a
 * convolution whose stride is its kernel.
 */
export function patchEmbed(
  p: Scope,
  images: Tensor,
  { patch, dim }: Pick<VitConfig, "patch" | "dim">,
): Tensor {
  const [b, c, h, w] = images.dims(4);
  if (h % patch > 0 || w % patch > 0) {
    throw new RangeError(
      `Cannot cut patches: sides in multiples of ${patch} needed, got ${images}`,
    );
  }
  const [rows, columns] = [h / patch, w / patch];
  const fanIn = c * patch * patch;
  const weight = p.at("proj").param("weight", [dim, c, patch, patch], uniformFanIn(fanIn));
  const bias = p.at("proj").param("bias", [dim], uniformFanIn(fanIn));
  const cells = transpose(reshape(images, [b * c, rows, patch, columns, patch]), [0, 1, 3, 2, 4]);
  const patches = transpose(reshape(cells, [b, c, rows * columns, patch * patch]), [0, 2, 1, 3]);
  return affine(reshape(patches, [b, rows * columns, fanIn]), reshape(weight, [dim, fanIn]), bias);
}

/**
 * Position embeddings [1, extra + n, dim] for another grid, bilinearly. As in the official Segmenter,
 * a grid of another shape but as many patches takes the table as it is.
 */
function resizePosition(
  table: Tensor,
  extra: number,
  from: Grid,
  to: Grid,
): Tensor {
  if (from[0] * from[1] === to[0] * to[1]) return table;
  const [, , dim] = table.dims(3);
  const tokens = slice(table, [0, 0, 0], [1, extra, dim]);
  const grid = slice(table, [0, extra, 0], [1, from[0] * from[1], dim]);
  const image = reshape(transpose(grid, [0, 2, 1]), [dim, from[0], from[1]]);
  const resized = reshape(resizeBilinear(image, to[0], to[1]), [1, dim, to[0] * to[1]]);
  return concat([tokens, transpose(resized, [0, 2, 1])], 1);
}

/** ImageNet logits [b, classes]: of the class token, averaged with the distillation token's. */
export function vitClassifier(
  p: Scope,
  images: Tensor,
  config: VitConfig,
  classes: number,
): Tensor {
  const tokens = vitEncoder(p, images, config);
  const [b, , dim] = tokens.dims(3);
  const at = (i: number) => reshape(slice(tokens, [0, i, 0], [b, 1, dim]), [b, dim]);
  const logits = linear(p.at("head"), at(0), classes);
  if (!config.distilled) return logits;
  const distilled = linear(p.at("head_dist"), at(1), classes);
  return mul(add(logits, distilled), scalar(0.5));
}
