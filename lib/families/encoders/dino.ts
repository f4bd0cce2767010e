import { attendParts } from "../../graph/ops/attention.ts";
import { expand } from "../../graph/ops/broadcast.ts";
import { concat, split } from "../../graph/ops/concat.ts";
import { add, gelu, mul, sigmoid } from "../../graph/ops/math.ts";
import { affine } from "../../graph/ops/matmul.ts";
import { constant, type Tensor } from "../../graph/tensor.ts";
import { filled, truncatedNormal, zeros } from "../../nn/init.ts";
import { depthRates, dropPath, layerNorm, linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Anatomy } from "../anatomy.ts";
import { resizedTable, type TableRule } from "./position_table.ts";
import { gridRope, type Rope, turned } from "./rope.ts";
import { type Grid, patchEmbed } from "./vit.ts";

/**
 * A plain ViT as DINOv2 (Oquab et al. 2023) and DINOv3 (Siméoni et al. 2025) train it: branches with a learned
 * scale, registers behind the class token (Darcet et al. 2024), and a gated perceptron in the largest.
 */
export interface DinoConfig {
  /** The image size [height, width] that a table of position embeddings is for. */
  readonly imageSize: readonly [number, number];
  readonly patch: number;
  readonly dim: number;
  readonly heads: number;
  readonly layers: number;
  readonly registers: number;
  /** Channels inside of the perceptron. */
  readonly hidden: number;
  /** SwiGLU in place of GELU. */
  readonly gated: boolean;
  /** Branches have a learned scale (LayerScale); a ViT that was not trained by DINO has none. */
  readonly layerScale: boolean;
  /** How patches know where they are. */
  readonly positions: Positions;
  /** LayerNorm's eps: 1e-6 in DINOv2, 1e-5 in DINOv3. */
  readonly eps: number;
  /** Stochastic depth: from 0 in the first layer linearly to this in the last. */
  readonly dropPath: number;
}

/**
 * A table for the class token and the patches, which goes to other grids by a rule; one for the patches alone
 * (EoMT, timm's no_embed_class); or turned queries and keys, where keys have no bias (DINOv3).
 */
export type Positions =
  | { readonly kind: "table"; readonly rule: TableRule }
  | { readonly kind: "patches" }
  | { readonly kind: "rope" };

/** How many tokens stand before the patches: the class token and the registers. */
export function dinoPrefix({ registers }: DinoConfig): number {
  return 1 + registers;
}

/** Images [b, c, h, w] of whole patches to tokens [b, 1 + registers + n, dim] after the final norm. */
export function dinoEncoder(p: Scope, images: Tensor, config: DinoConfig): Tensor {
  let x = dinoEmbed(p, images, config);
  const rope = dinoRope(images, config, dinoPrefix(config));
  for (const [i, rate] of dinoRates(config).entries()) {
    x = dinoBlock(p, i, x, config, rate, { rope });
  }
  return p.tap("normed", layerNorm(p.at("norm"), x, config.eps));
}

/** Stochastic depth of each block. */
export function dinoRates({ dropPath, layers }: DinoConfig): number[] {
  return depthRates(dropPath, layers);
}

/** The turns of the tokens of images [b, c, h, w], of which `before` are no patches; null with a table. */
export function dinoRope(images: Tensor, config: DinoConfig, before: number): Rope | null {
  if (config.positions.kind !== "rope") return null;
  return gridRope(gridOf(images, config), config.dim / config.heads, before);
}

/** Images [b, c, h, w] to tokens: the class token, the registers, the patches [b, 1 + registers + n, dim]. */
export function dinoEmbed(p: Scope, images: Tensor, config: DinoConfig): Tensor {
  const { dim, registers } = config;
  const [b] = images.dims(4);
  const token = (name: string, count: number) =>
    expand(p.param(name, [1, count, dim], truncatedNormal(0.02)), [b, count, dim]);
  const patches = patchEmbed(p.at("patch_embed"), images, config);
  const [cls, cells] = positioned(
    p,
    token("cls_token", 1),
    patches,
    gridOf(images, config),
    config,
  );
  const register = registers > 0 ? [token("reg_token", registers)] : [];
  return p.tap("embed", concat([cls, ...register, cells], 1));
}

function positioned(
  p: Scope,
  cls: Tensor,
  patches: Tensor,
  grid: Grid,
  { positions, imageSize, patch, dim }: DinoConfig,
): readonly [cls: Tensor, patches: Tensor] {
  if (positions.kind === "rope") return [cls, patches];
  const prefix = positions.kind === "table" ? 1 : 0;
  const built: Grid = [Math.floor(imageSize[0] / patch), Math.floor(imageSize[1] / patch)];
  const shape = [1, prefix + built[0] * built[1], dim];
  const table = p.param("pos_embed", shape, truncatedNormal(0.02));
  const rule = positions.kind === "table" ? positions.rule : "antialiased"; // as timm resamples
  const resized = resizedTable(table, prefix, built, grid, rule);
  if (prefix === 0) return [cls, add(patches, resized)];
  const tokens = add(concat([cls, patches], 1), resized);
  return split(tokens, 1, [1, grid[0] * grid[1]]) as [Tensor, Tensor];
}

function gridOf(images: Tensor, { patch }: DinoConfig): Grid {
  const [, , h, w] = images.dims(4);
  return [h / patch, w / patch];
}

/** What a block's attention is told besides its tokens. */
export interface Attending {
  /** How tokens turn; null where a table says where they are. */
  readonly rope: Rope | null;
  /**
   * Of the first tokens, as many as it has rows, which others they may not see: [b, 1, rows, n], a large
   * negative number there and 0 elsewhere; the other tokens see all.
   */
  readonly closed?: Tensor | null;
}

/** Block `i` on tokens [b, n, dim], with the probability `rate` of leaving a branch out. */
export function dinoBlock(
  scope: Scope,
  i: number,
  x: Tensor,
  config: DinoConfig,
  rate: number,
  attending: Attending,
): Tensor {
  const p = scope.at("blocks").at(i);
  const { eps } = config;
  const attended = attention(p.at("attn"), layerNorm(p.at("norm1"), x, eps), config, attending);
  x = add(x, dropPath(p.at("attn"), scaled(p.at("ls1"), attended, config), rate));
  const mixed = perceptron(p.at("mlp"), layerNorm(p.at("norm2"), x, eps), config);
  x = add(x, dropPath(p.at("mlp"), scaled(p.at("ls2"), mixed, config), rate));
  return scope.tap(`block${i}`, x);
}

/** What LayerScale begins with (DINOv2's configuration). */
const SCALE = 1e-5;

function scaled(p: Scope, x: Tensor, { layerScale, dim }: DinoConfig): Tensor {
  return layerScale ? mul(x, p.param("gamma", [dim], filled(SCALE))) : x;
}

function attention(p: Scope, x: Tensor, config: DinoConfig, { rope, closed }: Attending): Tensor {
  const { dim, heads } = config;
  const parts = split(queriesKeysValues(p, x, config), 2, [dim, dim, dim]);
  const [q, k, v] = parts as [Tensor, Tensor, Tensor];
  const [turnedQ, turnedK] = rope ? [turned(q, heads, rope), turned(k, heads, rope)] : [q, k];
  const { y, weights } = closed
    ? partlyClosed(turnedQ, turnedK, v, heads, closed)
    : attendParts(turnedQ, turnedK, v, heads);
  p.tap("weights", weights);
  return linear(p.at("proj"), y, dim);
}

/** Attention whose first queries may not see all: they are attended to apart, so that no n × n is added. */
function partlyClosed(q: Tensor, k: Tensor, v: Tensor, heads: number, closed: Tensor) {
  const [, , rows] = closed.dims(4);
  const [, n] = q.dims(3);
  const [first, others] = split(q, 1, [rows, n - rows]) as [Tensor, Tensor];
  const [masked, free] = [
    attendParts(first, k, v, heads, closed),
    attendParts(others, k, v, heads),
  ];
  return {
    y: concat([masked.y, free.y], 1),
    weights: concat([masked.weights, free.weights], 2),
  };
}

/** Queries, keys and values [b, n, 3·dim] of tokens. */
function queriesKeysValues(p: Scope, x: Tensor, { dim, positions }: DinoConfig): Tensor {
  if (positions.kind !== "rope") return linear(p.at("qkv"), x, 3 * dim);
  const weight = p.at("qkv").param("weight", [3 * dim, dim], truncatedNormal(0.02));
  const [q, v] = [p.param("q_bias", [dim], zeros), p.param("v_bias", [dim], zeros)];
  return affine(x, weight, concat([q, constant(new Float32Array(dim)), v], 0));
}

function perceptron(p: Scope, x: Tensor, { dim, hidden, gated }: DinoConfig): Tensor {
  if (!gated) return linear(p.at("fc2"), gelu(linear(p.at("fc1"), x, hidden)), dim);
  const both = linear(p.at("w12"), x, 2 * hidden);
  const [gate, up] = split(both, 2, [hidden, hidden]) as [Tensor, Tensor];
  return linear(p.at("w3"), mul(mul(gate, sigmoid(gate)), up), dim);
}

/** What of such an encoder below `path` ("encoder.") can be looked at; `queries` stand before its last blocks. */
export function dinoAnatomy(
  path: string,
  config: DinoConfig,
  { queries = 0, blocks: last = 0 } = {},
): Anatomy {
  const { patch: stride, heads, layers, registers } = config;
  const named = [
    "class token",
    ...Array.from({ length: registers }, (_, i) => `register ${i + 1}`),
  ];
  const asked = Array.from({ length: queries }, (_, i) => `query ${i + 1}`);
  const before = (i: number) => i < layers - last ? named : [...asked, ...named];
  const blocks = Array.from({ length: layers }, (_, i) => i);
  const place = { stride, part: "encoder" } as const;
  return {
    attention: blocks.map((i) => {
      const tap = `${path}blocks.${i}.attn.weights`;
      const tokens = { before: before(i), behind: 0, reduction: 1 };
      return { ...place, name: `encoder.${i}`, tap, heads, ...tokens };
    }),
    features: blocks.map((i) => {
      return { ...place, name: `encoder.${i}`, tap: `${path}block${i}`, before: before(i).length };
    }),
    encoder: {
      embedding: ["cls_token", "reg_token", "pos_embed", "patch_embed."].map((name) => path + name),
      blocks: blocks.map((i) => [`${path}blocks.${i}.`]),
      end: [`${path}norm.`],
    },
  };
}
