import type { NDArray } from "../../array.ts";
import { resizeBilinear } from "../../bilinear.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/name_rules.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import type { Encoder } from "../family.ts";
import { extraTokens, type Grid, type VitConfig } from "./vit.ts";
import { augregVit, bigVisionVit } from "./vit_jax_names.ts";

/** timm's names of a ViT's transformer blocks below a path that ends with a dot. */
export function blockNames(path: string): string[] {
  return ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
    .map((layer) => `${path}blocks.{i}.${layer}.{p}`);
}

/** timm's names of a ViT or DeiT without its heads, below a path that ends with a dot. */
export function encoderNames(path: string): string[] {
  const tokens = ["cls_token", "dist_token", "pos_embed", "patch_embed.proj.{p}"];
  return [...[...tokens, "norm.{p}"].map((name) => path + name), ...blockNames(path)];
}

/** timm's ViT and DeiT: Seglab's own names for a ViT. */
export const timmVit: NameMap = {
  rules: [...encoderNames(""), "head.{p}", "head_dist.{p}"].map(same),
  unused: ["pre_logits.fc.{p}", "fc_norm.{p}", "mask_token"],
};

/** mmsegmentation's names of transformer blocks, the layers below `published`. */
export function mmsegBlocks(published: string, seglab: string): NameRule[] {
  const layers = {
    "ln1.{p}": "norm1.{p}",
    "ln2.{p}": "norm2.{p}",
    "attn.attn.in_proj_{p}": "attn.qkv.{p}",
    "attn.attn.out_proj.{p}": "attn.proj.{p}",
    "ffn.layers.0.0.{p}": "mlp.fc1.{p}",
    "ffn.layers.1.{p}": "mlp.fc2.{p}",
  };
  return Object.entries(layers).map(([theirs, ours]) =>
    renamed(`${published}layers.{i}.${theirs}`, `${seglab}blocks.{i}.${ours}`)
  );
}

/** mmsegmentation's names of a ViT's embeddings and blocks, without the class token. */
export function mmsegEncoder(published: string, seglab: string): NameRule[] {
  return [
    renamed(`${published}pos_embed`, `${seglab}pos_embed`),
    renamed(`${published}patch_embed.projection.{p}`, `${seglab}patch_embed.proj.{p}`),
    ...mmsegBlocks(published, seglab),
  ];
}

/** A ViT under mmsegmentation's names alone, or as the backbone of a network (path "backbone."). */
export function mmsegVit(path: string): NameMap {
  return {
    rules: [
      ...mmsegEncoder(path, ""),
      renamed(`${path}cls_token`, "cls_token"),
      renamed(`${path}ln1.{p}`, "norm.{p}"),
    ],
    unused: [],
  };
}

/** ViTs and DeiTs, trained on ImageNet. */
export const vits: Encoder = {
  title: "a ViT",
  checkpoints: [
    {
      title: "timm ViT",
      names: timmVit,
      signs: ["patch_embed.proj.weight", "blocks.{i}.attn.qkv.weight"],
      without: ["blocks.{i}.ls1.gamma"],
    },
    {
      title: "mmsegmentation ViT",
      names: mmsegVit(""),
      signs: ["patch_embed.projection.weight", "layers.{i}.attn.attn.in_proj_weight"],
    },
    // Both read heads from their kernels; the number is for the way back alone.
    {
      title: "AugReg ViT",
      names: augregVit(1),
      signs: ["embedding/kernel", "Transformer/encoder_norm/scale"],
      without: ["conv_root/kernel"], // a ViT on a ResNet
    },
    {
      title: "big_vision ViT",
      names: bigVisionVit(1),
      signs: ["params/embedding/kernel", "params/Transformer/encoder_norm/scale"],
    },
  ],
};

/** A sign of all networks on a ViT that mmsegmentation wrote. */
export const VIT_MMSEG = "backbone.patch_embed.projection.weight";

/**
 * Fits a checkpoint's position embeddings [1, tokens, dim], below a path, to an encoder's grid, in
 * place. Their own grid is that of `origin`, or a square one where nothing tells. Rows of tokens that the encoder does not have (DeiT's distillation token,
 * registers) are left out; a class token without a row (timm's `no_embed_class`, SigLIP) gets zeros.
 */
export function fitPositions(
  tensors: Map<string, NDArray>,
  path: string,
  encoder: VitConfig,
  origin: VitConfig | null,
): void {
  const name = `${path}pos_embed`;
  const table = tensors.get(name);
  if (!table) return;
  const { distilled } = encoder;
  if (distilled && !tensors.has(`${path}dist_token`)) {
    throw new TypeError(
      `Cannot begin a distilled encoder: position embeddings of a distillation token needed, got ` +
        `a checkpoint without dist_token`,
    );
  }
  const prefix = prefixOf(tensors, path);
  const grid = origin && gridOf(origin);
  const patches = grid ? grid[0] * grid[1] : patchRows(table, prefix.length);
  const kept = ["cls_token", "dist_token"].slice(0, extraTokens(encoder));
  const isEmbedded = patches < table.shape[1]!;
  const rows = kept.map((token) => isEmbedded ? prefix.indexOf(token) : -1);
  const whole = withRows(table, rows, table.shape[1]! - patches);
  const to = gridOf(encoder);
  const same = patches === to[0] * to[1];
  const fitted = same ? whole : resizePosEmbed(whole, kept.length, grid ?? squareGrid(patches), to);
  tensors.set(name, fitted);
}

function gridOf({ imageSize, patch }: VitConfig): readonly [number, number] {
  return [imageSize[0] / patch, imageSize[1] / patch];
}

/** The tokens that stand before the patches in a checkpoint, in timm's order. */
function prefixOf(tensors: ReadonlyMap<string, NDArray>, path: string): string[] {
  const registers = tensors.get(`${path}reg_token`)?.shape[1] ?? 0;
  return [
    ...["cls_token", "dist_token"].filter((token) => tensors.has(path + token)),
    ...Array<string>(registers).fill("reg_token"),
  ];
}

/** How many rows of a table are of patches: those behind the prefix, or all of them. */
function patchRows({ shape }: NDArray, prefix: number): number {
  const tokens = shape[1]!;
  return Number.isInteger(Math.sqrt(tokens)) && !Number.isInteger(Math.sqrt(tokens - prefix))
    ? tokens
    : tokens - prefix;
}

/** A table [1, skipped + n, dim] with other rows before the patches: its own by number, or zeros. */
function withRows({ shape, data }: NDArray, rows: readonly number[], skipped: number): NDArray {
  const [, tokens, dim] = shape as [number, number, number];
  const count = rows.length + tokens - skipped;
  const fitted = new Float32Array(count * dim);
  for (const [i, row] of rows.entries()) {
    if (row >= 0) fitted.set(data.subarray(row * dim, (row + 1) * dim), i * dim);
  }
  fitted.set(data.subarray(skipped * dim), rows.length * dim);
  return { shape: [1, count, dim], data: fitted };
}

/** The patch of a ViT on a ResNet, whose projection [dim, channels] has no sides. */
const HYBRID_STRIDE = 16;

/** What the shapes of a ViT's tensors say. */
export interface VitShape {
  readonly patch: number;
  readonly dim: number;
  readonly layers: number;
  readonly distilled: boolean;
  /** Patches that the position embeddings are for. */
  readonly patches: number;
}

/** Reads a ViT from its tensors (timm's names) below a path that ends with a dot, or "". */
export function vitOf(tensors: ReadonlyMap<string, NDArray>, path: string): VitShape {
  const [, tokens, dim] = shapeOf(tensors, `${path}pos_embed`, 3);
  const projection = `${path}patch_embed.proj.weight`;
  const hasSides = tensors.get(projection)?.shape.length === 4;
  const patch = hasSides ? shapeOf(tensors, projection, 4)[2] : HYBRID_STRIDE;
  const distilled = tensors.has(`${path}dist_token`);
  return {
    patch,
    dim,
    layers: blockCount(tensors, `${path}blocks.`),
    distilled,
    patches: tokens - (distilled ? 2 : 1),
  };
}

/** The rows and columns of a square grid of as many patches. */
export function squareGrid(patches: number): readonly [number, number] {
  const side = Math.sqrt(patches);
  if (Number.isInteger(side) && side > 0) return [side, side];
  throw new RangeError(
    `Cannot tell the grid of position embeddings: a square number of patches, or the image size in ` +
      `a variant.yml beside the checkpoint, needed, got ${patches} patches`,
  );
}

/** Heads of 64 channels, which all published ViTs have. */
export function assumedHeads(dim: number): number {
  const heads = dim / 64;
  if (Number.isInteger(heads)) return heads;
  throw new RangeError(
    `Cannot tell how many attention heads there are: a width in multiples of 64, or n_heads in a ` +
      `variant.yml beside the checkpoint, needed, got a width of ${dim}`,
  );
}

/**
 * Position embeddings [1, extra + h * w, dim] of one grid of patches resized to those of another:
 * bilinearly (align_corners=False), while the first `extra` tokens (class, distillation) stay.
 */
export function resizePosEmbed(
  embedding: NDArray,
  extra: number,
  from: Grid,
  to: Grid,
): NDArray {
  const [h, w] = from;
  const [batch, tokens, dim = 0] = embedding.shape;
  if (embedding.shape.length !== 3 || batch !== 1 || tokens !== extra + h * w) {
    throw new RangeError(
      `Cannot resize position embeddings: it needs [1, ${extra} + ${h} * ${w}, dim], ` +
        `got [${embedding.shape.join(", ")}]`,
    );
  }
  const grid = embedding.data.subarray(extra * dim);
  const resized = resizeBilinear({ shape: [dim, h, w], data: swap(grid, h * w, dim) }, ...to);
  const count = to[0] * to[1];
  const data = new Float32Array((extra + count) * dim);
  data.set(embedding.data.subarray(0, extra * dim));
  data.set(swap(resized.data, dim, count), extra * dim);
  return { shape: [1, extra + count, dim], data };
}

/** A matrix [rows, columns] as [columns, rows]. */
function swap(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const swapped = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) swapped[c * rows + r] = matrix[r * columns + c]!;
  }
  return swapped;
}
