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
 * Fits a checkpoint's position embeddings [1, extra + n, dim] of a square grid, below a path, to an
 * encoder's grid, in place. DeiT's distillation token is left out where the encoder has none.
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
  const own = tensors.has(`${path}dist_token`) ? 2 : 1;
  if (own < extraTokens(encoder)) {
    throw new TypeError(
      `Cannot begin a distilled encoder: position embeddings of a distillation token needed, got ` +
        `a checkpoint without dist_token`,
    );
  }
  const kept = own === 2 && !distilled ? withoutDistillation(table) : table;
  const extra = extraTokens(encoder);
  const to = [imageSize[0] / patch, imageSize[1] / patch] as const;
  if (kept.shape[1] === extra + to[0] * to[1]) tensors.set(name, kept);
  else tensors.set(name, resizePosEmbed(kept, extra, squareGrid(kept.shape[1]! - extra), to));
}

/** Position embeddings [1, 2 + n, dim] without the distillation token's: [1, 1 + n, dim]. */
function withoutDistillation({ shape, data }: NDArray): NDArray {
  const [, tokens, dim] = shape as [number, number, number];
  const kept = new Float32Array((tokens - 1) * dim);
  kept.set(data.subarray(0, dim));
  kept.set(data.subarray(2 * dim), dim);
  return { shape: [1, tokens - 1, dim], data: kept };
}
