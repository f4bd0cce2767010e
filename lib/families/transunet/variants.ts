import type { VariantUse } from "../family.ts";
import type { TransunetConfig } from "./transunet.ts";

/** The published TransUNet, on R50-ViT-B/16 for images of 224 pixels. The licence is Apache-2.0. */
export const transunetVariants = {
  "TransUNet": {
    width: 64,
    units: [3, 4, 9],
    dim: 768,
    heads: 12,
    layers: 12,
    hidden: 3072,
    decoder: [256, 128, 64, 16],
    parameters: 105_297_526,
  },
} as const;

/** The configuration of a variant for a number of classes and an image size. */
export function transunetConfig(
  { parameters: _, ...network }: typeof transunetVariants[keyof typeof transunetVariants],
  { classes, image }: VariantUse,
): TransunetConfig {
  return { ...network, image, dropout: 0.1, skips: 3, classes };
}
