import type { VariantUse } from "../family.ts";
import type { SegformerConfig } from "./segformer.ts";

/** A named SegFormer. */
export interface SegformerVariant {
  /** Channels of the four stages. */
  readonly dims: readonly [number, number, number, number];
  /** Blocks of the four stages. */
  readonly depths: readonly [number, number, number, number];
  readonly decoderDim: number;
  /** Side of the images that it was published for on ADE20K. */
  readonly image: number;
  /** Parameters with ADE20K's 150 classes. */
  readonly parameters: number;
}

const wide = { dims: [64, 128, 320, 512], image: 512 } as const;

/** Published SegFormers by the paper's names (tables 1 and 6). */
export const segformerVariants = {
  "SegFormer-B0": {
    dims: [32, 64, 160, 256],
    depths: [2, 2, 2, 2],
    decoderDim: 256,
    image: 512,
    parameters: 3_752_694,
  },
  "SegFormer-B1": { ...wide, depths: [2, 2, 2, 2], decoderDim: 256, parameters: 13_715_798 },
  "SegFormer-B2": { ...wide, depths: [3, 4, 6, 3], decoderDim: 768, parameters: 27_461_974 },
  "SegFormer-B3": { ...wide, depths: [3, 4, 18, 3], decoderDim: 768, parameters: 47_337_814 },
  "SegFormer-B4": { ...wide, depths: [3, 8, 27, 3], decoderDim: 768, parameters: 64_108_374 },
  "SegFormer-B5": {
    ...wide,
    depths: [3, 6, 40, 3],
    decoderDim: 768,
    image: 640,
    parameters: 84_708_694,
  },
} as const satisfies Record<string, SegformerVariant>;

/** The two pairs of LayerNorm eps that checkpoints were trained with (see MixTransformerConfig). */
export const segformerEps = {
  official: { block: 1e-6, embed: 1e-5 },
  huggingFace: { block: 1e-5, embed: 1e-5 },
} as const;

/** The configuration of a variant as the official code trains it, for a number of classes. */
export function segformerConfig(
  { dims, depths, decoderDim }: SegformerVariant,
  { classes, dropPath, decoderDropout }: VariantUse,
): SegformerConfig {
  return {
    dims,
    depths,
    heads: [1, 2, 5, 8],
    reductions: [8, 4, 2, 1],
    eps: segformerEps.official,
    dropPath,
    decoderDim,
    dropout: decoderDropout,
    classes,
  };
}
