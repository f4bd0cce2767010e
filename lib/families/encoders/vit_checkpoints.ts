import type { NDArray } from "../../array.ts";
import type { Encoder } from "./encoder.ts";
import { resizePosEmbed } from "./pos_embed.ts";
import { extraTokens, type VitConfig } from "./vit.ts";
import { augregVit, bigVisionVit } from "./vit_jax_names.ts";
import { mmsegVit, timmVit } from "./vit_names.ts";
import { squareGrid } from "./vit_shape.ts";

/** ViTs and DeiTs, trained on ImageNet. */
export const vits: Encoder = {
  title: "a ViT",
  checkpoints: [
    {
      title: "timm ViT",
      names: timmVit,
      signs: ["patch_embed.proj.weight", "blocks.{i}.attn.qkv.weight"],
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
 * Fits a checkpoint's position embeddings [1, tokens, dim] of a square grid, below a path, to an
 * encoder's grid, in place. Rows of tokens that the encoder does not have (DeiT's distillation token,
 * registers) are left out; a class token without a row (timm's `no_embed_class`, SigLIP) gets zeros.
 */
export function fitPositions(
  tensors: Map<string, NDArray>,
  path: string,
  encoder: VitConfig,
): void {
  const name = `${path}pos_embed`;
  const table = tensors.get(name);
  if (!table) return;
  const { imageSize, patch, distilled } = encoder;
  if (distilled && !tensors.has(`${path}dist_token`)) {
    throw new TypeError(
      `Cannot begin a distilled encoder: position embeddings of a distillation token needed, got ` +
        `a checkpoint without dist_token`,
    );
  }
  const prefix = prefixOf(tensors, path);
  const patches = patchRows(table, prefix.length);
  const kept = ["cls_token", "dist_token"].slice(0, extraTokens(encoder));
  const isEmbedded = patches < table.shape[1]!;
  const rows = kept.map((token) => isEmbedded ? prefix.indexOf(token) : -1);
  const whole = withRows(table, rows, table.shape[1]! - patches);
  const to = [imageSize[0] / patch, imageSize[1] / patch] as const;
  const same = patches === to[0] * to[1];
  const fitted = same ? whole : resizePosEmbed(whole, kept.length, squareGrid(patches), to);
  tensors.set(name, fitted);
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
