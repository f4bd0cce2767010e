import type { VariantUse } from "../family.ts";
import { SETR_EPS, type SetrConfig } from "./setr.ts";

/** Encoder sizes: the paper's T-Base and T-Large, and DeiT-Tiny's. */
const encoders = {
  T: { dim: 192, heads: 3, layers: 12 },
  B: { dim: 768, heads: 12, layers: 12 },
  L: { dim: 1024, heads: 16, layers: 24 },
} as const;

/** The blocks, from 0, that heads read in 12 layers (official configurations for ViT-B and DeiT-B). */
const shallow = {
  naive: { layers: [11], auxiliary: [2, 5, 8] },
  pup: { layers: [11], auxiliary: [4, 7, 9, 11] },
  mla: { layers: [2, 5, 8, 11], auxiliary: [2, 5, 8, 11] },
} as const;

/** The same in the 24 layers of ViT-L. */
const deep = {
  naive: { layers: [23], auxiliary: [9, 14, 19] },
  pup: { layers: [23], auxiliary: [9, 14, 19, 23] },
  mla: { layers: [5, 11, 17, 23], auxiliary: [5, 11, 17, 23] },
} as const;

const blocks = { T: shallow, B: shallow, L: deep } as const;

/** A named SETR, as published or as the CamVid experiments add it. */
export interface SetrVariant {
  readonly head: SetrConfig["head"];
  readonly size: keyof typeof encoders;
  readonly embedding: SetrConfig["embedding"];
  /** Parameters at 512 × 512 with ADE20K's 150 classes, the auxiliary heads and the unused layers. */
  readonly parameters: number;
}

const naive = { head: "naive", embedding: "patches" } as const;
const pup = { head: "pup", embedding: "patches" } as const;
const mla = { head: "mla", embedding: "patches" } as const;

/**
 * Published SETRs by the paper's names (table 2): ViT-L/16 without a suffix, ViT-B/16, and the same
 * begun with DeiT-B's weights, whose distillation token is left out. SETR-Hybrid is the paper's
 * ResNet-50 below SETR-Naive-Base. Those on ViT-T/16 are additions.
 */
export const setrVariants = {
  "SETR-Naive": { ...naive, size: "L", parameters: 305_669_296 },
  "SETR-PUP": { ...pup, size: "L", parameters: 318_307_292 },
  "SETR-MLA": { ...mla, size: "L", parameters: 310_568_836 },
  "SETR-Naive-Base": { ...naive, size: "B", parameters: 87_690_672 },
  "SETR-PUP-Base": { ...pup, size: "B", parameters: 97_641_180 },
  "SETR-MLA-Base": { ...mla, size: "B", parameters: 92_590_212 },
  "SETR-Naive-DeiT": { ...naive, size: "B", parameters: 87_690_672 },
  "SETR-PUP-DeiT": { ...pup, size: "B", parameters: 97_641_180 },
  "SETR-MLA-DeiT": { ...mla, size: "B", parameters: 92_590_212 },
  "SETR-Hybrid": { head: "naive", embedding: "resnet50", size: "B", parameters: 112_181_744 },
  "SETR-Naive-Tiny": { ...naive, size: "T", parameters: 6_346_224 },
  "SETR-PUP-Tiny": { ...pup, size: "T", parameters: 10_249_884 },
  "SETR-MLA-Tiny": { ...mla, size: "T", parameters: 11_245_764 },
} as const satisfies Record<string, SetrVariant>;

/** The configuration of a variant for a number of classes and an image size; no head drops out. */
export function setrConfig(
  { head, size, embedding }: SetrVariant,
  { classes, image, dropPath }: VariantUse,
): SetrConfig {
  return {
    head,
    encoder: {
      ...encoders[size],
      patch: 16,
      distilled: false,
      imageSize: [image, image],
      eps: SETR_EPS,
      dropout: 0,
      dropPath,
    },
    embedding,
    ...blocks[size][head],
    levelChannels: 128,
    classes,
  };
}
