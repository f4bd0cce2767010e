import { type DinoSize, dinov2, DINOV2_IMAGE, dinov3 } from "../encoders/dino_sizes.ts";
import type { VariantUse } from "../family.ts";
import type { DinoSegmenterConfig } from "./dino_segmenter.ts";

/** A named encoder with one of Segmenter's decoders. */
export interface DinoVariant {
  readonly size: DinoSize;
  readonly encoder: "dinov2" | "dinov2-reg" | "dinov3";
  readonly decoder: "linear" | "mask";
  /** The coarsest stride in pixels. */
  readonly patch: 14 | 16;
  /** Side of the images that it is counted for. */
  readonly image: number;
  /** Parameters with ADE20K's 150 classes. */
  readonly parameters: number;
  readonly licence: string;
}

const v2 = {
  encoder: "dinov2",
  patch: 14,
  image: DINOV2_IMAGE,
  licence: "Apache-2.0",
} as const;
const reg = { ...v2, encoder: "dinov2-reg" } as const;
const v3 = {
  encoder: "dinov3",
  patch: 16,
  image: 512,
  licence: "DINOv3 License (Meta's own: gated download, derivatives stay under it)",
} as const;

/** DINOv2 and DINOv3 with Segmenter's decoders. */
export const dinoVariants = {
  "DINOv2-S/14": { ...v2, size: "S", decoder: "linear", parameters: 22_113_942 },
  "DINOv2-S-Mask/14": { ...v2, size: "S", decoder: "mask", parameters: 26_106_540 },
  "DINOv2-S-reg/14": { ...reg, size: "S", decoder: "linear", parameters: 22_115_478 },
  "DINOv2-S-reg-Mask/14": { ...reg, size: "S", decoder: "mask", parameters: 26_108_076 },
  "DINOv2-B/14": { ...v2, size: "B", decoder: "linear", parameters: 86_695_062 },
  "DINOv2-B-Mask/14": { ...v2, size: "B", decoder: "mask", parameters: 102_642_732 },
  "DINOv2-B-reg/14": { ...reg, size: "B", decoder: "linear", parameters: 86_698_134 },
  "DINOv2-B-reg-Mask/14": { ...reg, size: "B", decoder: "mask", parameters: 102_645_804 },
  "DINOv2-L/14": { ...v2, size: "L", decoder: "linear", parameters: 304_521_366 },
  "DINOv2-L-reg/14": { ...reg, size: "L", decoder: "linear", parameters: 304_525_462 },
  "DINOv2-g/14": { ...v2, size: "g", decoder: "linear", parameters: 1_136_709_782 },
  "DINOv2-g-reg/14": { ...reg, size: "g", decoder: "linear", parameters: 1_136_715_926 },
  "DINOv3-S/16": { ...v3, size: "S", decoder: "linear", parameters: 21_653_910 },
  "DINOv3-S-Mask/16": { ...v3, size: "S", decoder: "mask", parameters: 25_646_508 },
  "DINOv3-S+/16": { ...v3, size: "S+", decoder: "linear", parameters: 28_750_230 },
  "DINOv3-B/16": { ...v3, size: "B", decoder: "linear", parameters: 85_774_998 },
  "DINOv3-B-Mask/16": { ...v3, size: "B", decoder: "mask", parameters: 101_722_668 },
  "DINOv3-L/16": { ...v3, size: "L", decoder: "linear", parameters: 303_282_326 },
} as const satisfies Record<string, DinoVariant>;

/** The configuration of a variant for a number of classes. */
export function dinoConfig(
  { size, encoder, decoder }: DinoVariant,
  { classes, image, dropPath, decoderDropout }: VariantUse,
): DinoSegmenterConfig {
  return {
    encoder: encoder === "dinov3"
      ? dinov3(size, image, dropPath)
      : dinov2(size, encoder === "dinov2-reg", dropPath),
    decoder: decoder === "linear"
      ? { name: "linear" }
      : { name: "mask_transformer", layers: 2, dropout: decoderDropout, dropPath: 0 },
    classes,
  };
}
