/** Segmenter's decoders (Strudel et al. 2021, section 3.2), for any encoder that gives patches. */
import { expand } from "../graph/ops/broadcast.ts";
import { concat } from "../graph/ops/concat.ts";
import { div } from "../graph/ops/math.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { l2Norm } from "../graph/ops/reduce.ts";
import { slice, swapLast } from "../graph/ops/structure.ts";
import type { Tensor } from "../graph/tensor.ts";
import { normal, truncatedNormal } from "../nn/init.ts";
import { block, depthRates, layerNorm, linear } from "../nn/layers.ts";
import type { Scope } from "../nn/scope.ts";
import type { Anatomy } from "./anatomy.ts";

/** One linear layer from patches to classes (section 3.2). */
export interface LinearDecoder {
  readonly name: "linear";
}

/** Blocks over patches and class embeddings together (section 3.2); 2 as published. */
export interface MaskDecoder {
  readonly name: "mask_transformer";
  readonly layers: number;
  readonly dropout: number;
  readonly dropPath: number;
}

/** LayerNorm's eps everywhere in the official code, whatever the encoder was trained with. */
export const SEGMENTER_EPS = 1e-5;

/**
 * Mask Transformer (section 3.2): patches [b, n, dim] and learned class embeddings go through blocks
 * together; the masks [b, n, classes] are the scalar products of their normalised projections.
 */
export function maskTransformer(
  p: Scope,
  patches: Tensor,
  classes: number,
  { layers, dropout, dropPath: highest }: MaskDecoder,
): Tensor {
  const [b, n, dim] = patches.dims(3);
  const eps = SEGMENTER_EPS;
  const embeddings = p.param("cls_emb", [1, classes, dim], truncatedNormal(0.02));
  const projected = p.tap("projected", linear(p.at("proj_dec"), patches, dim));
  let x = concat([projected, expand(embeddings, [b, classes, dim])], 1);
  for (const [i, dropPath] of depthRates(highest, layers).entries()) {
    x = block(p.at("blocks").at(i), x, { heads: Math.floor(dim / 64), eps, dropout, dropPath });
    p.tap(`block${i}`, x);
  }
  x = p.tap("normed", layerNorm(p.at("decoder_norm"), x, eps));
  const project = (name: string, start: number, count: number) => {
    const weight = p.param(name, [dim, dim], normal(dim ** -0.5));
    return unit(matmul(slice(x, [0, start, 0], [b, count, dim]), weight));
  };
  const masks = matmul(project("proj_patch", 0, n), swapLast(project("proj_classes", n, classes)));
  return layerNorm(p.at("mask_norm"), p.tap("masks_before_norm", masks), eps);
}

/** The Mask Transformer's part of it, on an encoder with such patches; nothing with a linear decoder. */
export function decoderAnatomy(
  { patch, dim }: { readonly patch: number; readonly dim: number },
  decoder: LinearDecoder | MaskDecoder,
  classes: number,
): Omit<Anatomy, "encoder"> {
  const layers = decoder.name === "linear" ? 0 : decoder.layers;
  const blocks = Array.from({ length: layers }, (_, i) => i);
  const place = { part: "decoder", stride: patch } as const;
  const heads = Math.floor(dim / 64);
  return {
    attention: blocks.map((i) => {
      const tap = `decoder.blocks.${i}.attn.weights`;
      const tokens = { before: [], behind: classes, reduction: 1 };
      return { ...place, name: `decoder.${i}`, tap, heads, ...tokens };
    }),
    features: blocks.map((i) => {
      return { ...place, name: `decoder.${i}`, tap: `decoder.block${i}`, before: 0 };
    }),
  };
}

/** Rows divided by their length, without an eps as in the official code. */
function unit(x: Tensor): Tensor {
  return div(x, l2Norm(x, [-1]));
}
