import type { VariantUse } from "../family.ts";
import type { SwinUnetConfig } from "./swin_unet.ts";

/**
 * The published Swin-Unet, on a Swin-T with two blocks in its third stage too. What is here was written from
 * facts about it, its repository has no licence.
 */
export const swinUnetVariants = {
  "Swin-Unet": {
    dim: 96,
    depths: [2, 2, 2, 2],
    heads: [3, 6, 12, 24],
    window: 7,
    licence:
      "none: its authors' repository (HuCaoFighting/Swin-Unet) names no terms for code and weights",
    parameters: 27_182_436,
  },
} as const;

/** The configuration of a variant for a number of classes and an image size. */
export function swinUnetConfig(
  { parameters: _, licence: __, ...encoder }:
    typeof swinUnetVariants[keyof typeof swinUnetVariants],
  { classes, image, dropPath }: VariantUse,
): SwinUnetConfig {
  return { image, encoder: { ...encoder, dropPath }, classes };
}
