import { attendTo } from "../../graph/ops/attention.ts";
import { conv2d } from "../../graph/ops/conv.ts";
import { add, gelu } from "../../graph/ops/math.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { reshape, slice, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { conv } from "../../nn/convolution.ts";
import { normal, truncatedNormal, zeros } from "../../nn/init.ts";
import { depthRates, dropPath, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Anatomy } from "../anatomy.ts";
import { toMap } from "./token_map.ts";

type PerStage = readonly [number, number, number, number];

/** A Mix Transformer (Xie et al. 2021, section 3.1): four stages at strides 4, 8, 16 and 32. */
export interface MixTransformerConfig {
  readonly dims: PerStage;
  readonly heads: PerStage;
  readonly depths: PerStage;
  /** Keys and values come from tokens reduced by this in each direction: 8, 4, 2, 1. */
  readonly reductions: PerStage;
  /**
   * LayerNorm's eps: `block` in the norms of blocks and stages, `embed` in those of patch embeddings
   * and reduced tokens. 1e-6 and 1e-5 in the official code, 1e-5 and 1e-5 in Hugging Face's.
   */
  readonly eps: { readonly block: number; readonly embed: number };
  /** Stochastic depth: from 0 in the first block linearly to this in the last of all stages. */
  readonly dropPath: number;
}

/** Tokens [b, h·w, dim] of a grid of h rows and w columns. */
interface TokenGrid {
  readonly tokens: Tensor;
  readonly h: number;
  readonly w: number;
}

/** What the blocks of one stage share. */
interface Stage {
  readonly heads: number;
  readonly reduction: number;
  readonly eps: MixTransformerConfig["eps"];
}

/**
 * Images [b, 3, h, w] of any size from 29 pixels to the maps [b, dim, rows, columns] of the four
 * stages, at 1/4, 1/8, 1/16 and 1/32 of the sides, rounded up.
 */
export function mixTransformer(
  p: Scope,
  images: Tensor,
  { dims, heads, depths, reductions, eps, dropPath: highest }: MixTransformerConfig,
): readonly Tensor[] {
  const rates = depthRates(highest, depths.reduce((sum, depth) => sum + depth, 0)).values();
  const maps: Tensor[] = [];
  for (const [i, dim] of dims.entries()) {
    const { h, w, ...embedded } = patchEmbed(p, i, maps.at(-1) ?? images, dim, eps.embed);
    const stage = { heads: heads[i]!, reduction: reductions[i]!, eps };
    let { tokens } = embedded;
    for (let j = 0; j < depths[i]!; j++) {
      const scope = p.at(`block${i + 1}`).at(j);
      tokens = block(scope, { tokens, h, w }, stage, rates.next().value!);
      p.tap(`block${i + 1}.${j}`, tokens);
    }
    const normed = layerNorm(p.at(`norm${i + 1}`), tokens, eps.block);
    maps.push(p.tap(`stage${i + 1}`, toMap(normed, [h, w])));
  }
  return maps;
}

/** What of a Mix Transformer below `path` ("backbone.") can be looked at: blocks and stages. */
export function mixTransformerAnatomy(path: string, config: MixTransformerConfig): Anatomy {
  const { depths, heads, reductions } = config;
  const strides = depths.map((_, i) => 4 << i);
  const blocks = depths.flatMap((depth, i) => Array.from({ length: depth }, (_, j) => [i, j]));
  return {
    attention: blocks.map(([i, j], index) => ({
      name: `encoder.${index}`,
      part: "encoder",
      tap: `${path}block${i! + 1}.${j}.attn.weights`,
      stride: strides[i!]!,
      heads: heads[i!]!,
      reduction: reductions[i!]!,
      before: [],
      behind: 0,
    })),
    features: strides.map((stride, i) => {
      const name = `stage${i + 1}`;
      return { name, part: "encoder", tap: path + name, stride, before: null };
    }),
    encoder: {
      embedding: [`${path}patch_embed1.`],
      blocks: blocks.map(([i, j]) => [
        ...i! > 0 && j === 0 ? [`${path}patch_embed${i! + 1}.`] : [],
        `${path}block${i! + 1}.${j}.`,
        ...i! < 3 && j === depths[i!]! - 1 ? [`${path}norm${i! + 1}.`] : [],
      ]),
      end: [`${path}norm4.`],
    },
  };
}

/** Overlapping patches: a convolution of stride 4 in the first stage, of 2 in the others. */
function patchEmbed(p: Scope, i: number, x: Tensor, dim: number, eps: number): TokenGrid {
  const scope = p.at(`patch_embed${i + 1}`);
  const shape = i === 0
    ? { kernel: 7, stride: 4, padding: 3 }
    : { kernel: 3, stride: 2, padding: 1 };
  const map = conv(scope.at("proj"), x, { out: dim, ...shape, bias: true });
  const [, , h, w] = map.dims(4);
  return { tokens: scope.tap("normed", layerNorm(scope.at("norm"), tokensOf(map), eps)), h, w };
}

/** Pre-norm block of efficient self-attention and Mix-FFN on tokens [b, h·w, dim]. */
function block(p: Scope, { tokens, h, w }: TokenGrid, stage: Stage, rate: number): Tensor {
  const normed = (name: string, x: Tensor): TokenGrid => (
    { tokens: layerNorm(p.at(name), x, stage.eps.block), h, w }
  );
  const attended = attention(p.at("attn"), normed("norm1", tokens), stage);
  const x = add(tokens, dropPath(p.at("attn"), attended, rate));
  return add(x, dropPath(p.at("mlp"), mixFfn(p.at("mlp"), normed("norm2", x)), rate));
}

/** Self-attention to fewer keys and values; its weights [b, heads, h·w, reduced] are tapped. */
function attention(p: Scope, grid: TokenGrid, { heads, reduction, eps }: Stage): Tensor {
  const [, , dim] = grid.tokens.dims(3);
  const q = linear(p.at("q"), grid.tokens, dim);
  const kept = reduction === 1
    ? grid.tokens
    : p.tap("reduced", layerNorm(p.at("norm"), reduced(p.at("sr"), grid, reduction), eps.embed));
  const { y, weights } = attendTo(q, linear(p.at("kv"), kept, 2 * dim), heads);
  p.tap("weights", weights);
  return linear(p.at("proj"), y, dim);
}

/**
 * Tokens [b, h·w, dim] to [b, (h/r)·(w/r), dim]: a convolution whose stride r is its kernel, as one
 * matrix product. Rows and columns beyond the last whole cell are left out, as it leaves them out.
 */
function reduced(p: Scope, { tokens, h, w }: TokenGrid, r: number): Tensor {
  const [b, , dim] = tokens.dims(3);
  const [rows, columns] = [Math.floor(h / r), Math.floor(w / r)];
  if (rows === 0 || columns === 0) {
    throw new RangeError(
      `Cannot reduce tokens by ${r}: a grid of ${r} × ${r} or more needed, got ${h} × ${w}; ` +
        `enlarge the images to 32 pixels a side`,
    );
  }
  const weight = p.param("weight", [dim, dim, r, r], normal(Math.sqrt(2 / (r * r * dim))));
  const whole = slice(reshape(tokens, [b, h, w, dim]), [0, 0, 0, 0], [
    b,
    rows * r,
    columns * r,
    dim,
  ]);
  const cells = transpose(reshape(whole, [b * rows, r, columns, r * dim]), [0, 2, 1, 3]);
  return affine(
    reshape(cells, [b, rows * columns, r * r * dim]),
    reshape(transpose(weight, [0, 2, 3, 1]), [dim, r * r * dim]),
    p.param("bias", [dim], zeros),
  );
}

/**
 * Mix-FFN: a perceptron with a depthwise 3×3 convolution, which tells tokens where they are, before
 * its GELU. Channels come before positions inside, as the convolution needs them: the map is moved
 * where it is narrow.
 */
function mixFfn(p: Scope, grid: TokenGrid): Tensor {
  const [, , dim] = grid.tokens.dims(3);
  const hidden = channelLinear(p.at("fc1"), toMap(grid.tokens, [grid.h, grid.w]), 4 * dim);
  const depthwise = { out: 4 * dim, kernel: 3, padding: 1, groups: 4 * dim, bias: true };
  const mixed = p.tap("dwconv", conv(p.at("dwconv").at("dwconv"), hidden, depthwise));
  return tokensOf(channelLinear(p.at("fc2"), gelu(mixed), dim));
}

/** A linear layer on the channels of a map [b, in, h, w], to [b, out, h, w]. */
function channelLinear(p: Scope, x: Tensor, out: number): Tensor {
  const [, dim] = x.dims(4);
  const weight = p.param("weight", [out, dim], truncatedNormal(0.02));
  const bias = p.param("bias", [out], zeros);
  const options = { stride: 1, padding: 0, dilation: 1, groups: 1 };
  return conv2d(x, reshape(weight, [out, dim, 1, 1]), bias, options);
}

/** Tokens [b, h·w, dim] of a map [b, dim, h, w]. */
function tokensOf(map: Tensor): Tensor {
  const [b, dim, h, w] = map.dims(4);
  return transpose(reshape(map, [b, dim, h * w]), [0, 2, 1]);
}
