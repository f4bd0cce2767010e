import type { VariantUse } from "../family.ts";
import { SEGMENTER_EPS } from "../mask_transformer.ts";
import type { SegmenterConfig } from "./segmenter.ts";

/** Encoder sizes (Segmenter's config.yml). */
const sizes = {
  T: { dim: 192, heads: 3, layers: 12 },
  S: { dim: 384, heads: 6, layers: 12 },
  B: { dim: 768, heads: 12, layers: 12 },
  L: { dim: 1024, heads: 16, layers: 24 },
} as const;

/** A named Segmenter, as published or as the CamVid experiments add it. */
export interface SegmenterVariant {
  readonly size: keyof typeof sizes;
  readonly patch: 8 | 16 | 32;
  readonly decoder: "linear" | "mask";
  /** DeiT's distillation token: two extra tokens in place of one. */
  readonly distilled: boolean;
  /** Side of the images that the published position embeddings are for. */
  readonly image: number;
  /** Parameters at that side with ADE20K's 150 classes and the unused ImageNet heads. */
  readonly parameters: number;
  /** Which pixel statistics the published weights were trained with. */
  readonly normalization: "vit" | "deit";
}

const vit = { distilled: false, image: 512, normalization: "vit" } as const;
const deit = { distilled: true, image: 512, normalization: "deit" } as const;

/** Published Segmenters by the paper's names (table 1 and 3; † is DeiT); T/8 and T/32 are additions. */
export const segmenterVariants = {
  "Seg-T/8": { ...vit, size: "T", patch: 8, decoder: "linear", parameters: 6_384_574 },
  "Seg-T-Mask/8": { ...vit, size: "T", patch: 8, decoder: "mask", parameters: 7_385_620 },
  "Seg-T/16": { ...vit, size: "T", patch: 16, decoder: "linear", parameters: 5_905_342 },
  "Seg-T-Mask/16": { ...vit, size: "T", patch: 16, decoder: "mask", parameters: 6_906_388 },
  "Seg-T/32": { ...vit, size: "T", patch: 32, decoder: "linear", parameters: 6_200_254 },
  "Seg-T-Mask/32": { ...vit, size: "T", patch: 32, decoder: "mask", parameters: 7_201_300 },
  "Seg-S/16": { ...vit, size: "S", patch: 16, decoder: "linear", parameters: 22_426_366 },
  "Seg-S-Mask/16": { ...vit, size: "S", patch: 16, decoder: "mask", parameters: 26_418_964 },
  "Seg-S/32": { ...vit, size: "S", patch: 32, decoder: "linear", parameters: 23_016_190 },
  "Seg-B/8": { ...vit, size: "B", patch: 8, decoder: "linear", parameters: 89_235_838 },
  "Seg-B/16": { ...vit, size: "B", patch: 16, decoder: "linear", parameters: 87_318_910 },
  "Seg-B-Mask/16": { ...vit, size: "B", patch: 16, decoder: "mask", parameters: 103_266_580 },
  "Seg-B/32": { ...vit, size: "B", patch: 32, decoder: "linear", parameters: 88_498_558 },
  "Seg-B†/16": { ...deit, size: "B", patch: 16, decoder: "linear", parameters: 88_089_446 },
  "Seg-B†-Mask/16": { ...deit, size: "B", patch: 16, decoder: "mask", parameters: 104_037_116 },
  "Seg-L/16": {
    ...vit,
    image: 640,
    size: "L",
    patch: 16,
    decoder: "linear",
    parameters: 305_918_078,
  },
  "Seg-L-Mask/16": {
    ...vit,
    image: 640,
    size: "L",
    patch: 16,
    decoder: "mask",
    parameters: 334_259_476,
  },
} as const satisfies Record<string, SegmenterVariant>;

/** The configuration of a variant for a number of classes and an image size. */
export function segmenterConfig(
  { size, patch, decoder, distilled }: SegmenterVariant,
  { classes, image, dropPath, decoderDropout }: VariantUse,
): SegmenterConfig {
  return {
    encoder: {
      ...sizes[size],
      patch,
      distilled,
      imageSize: [image, image],
      eps: SEGMENTER_EPS,
      dropout: 0,
      dropPath,
    },
    decoder: decoder === "linear"
      ? { name: "linear" }
      : { name: "mask_transformer", layers: 2, dropout: decoderDropout, dropPath: 0 },
    classes,
  };
}
