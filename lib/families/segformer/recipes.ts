import type { Testing } from "../family.ts";
import { RATIOS, type Resize } from "../protocol.ts";
import { type Paramwise, pipeline, type Preset } from "../recipe.ts";

/**
 * SegFormer's groups: no decay on norms, ten times the rate on the head (must_match 2.2). The third
 * one published, `pos_block`, names no parameter.
 */
export const SEGFORMER_PARAMWISE: Paramwise = {
  norm: { lrMult: 1, decayMult: 0 },
  head: { lrMult: 10, decayMult: 1 },
};

/** What SegFormer does on both data sets (mmsegmentation's configs/segformer/*_160k_*.py). */
const common = {
  ...pipeline,
  optimizer: "adamw", // betas 0.9 and 0.999
  nesterov: false,
  lr: 6e-5,
  minLr: 0,
  power: 1,
  warmup: 1500,
  warmupRatio: 1e-6,
  lossMean: "all", // mmseg 0.x
  weightDecay: 0.01,
  paramwise: SEGFORMER_PARAMWISE,
  clip: null,
  steps: 160_000,
  dropPath: 0.1,
  decoderDropout: 0.1,
  normalization: "imagenet",
} as const;

const shared = {
  beginning: "Mix Transformer trained on ImageNet-1k (mit_bX.pth)",
  variants: [
    "SegFormer-B0",
    "SegFormer-B1",
    "SegFormer-B2",
    "SegFormer-B3",
    "SegFormer-B4",
    "SegFormer-B5",
  ],
} as const;

/** SegFormer (Xie et al. 2021): section 4.1, and mmsegmentation's configs. */
export const segformerPresets = {
  "segformer/ade20k": {
    ...shared,
    data: "ade20k",
    classes: 150,
    evaluation: "whole images", // resized into `base`, both sides to multiples of 32
    recipe: {
      ...common,
      crop: 512,
      stride: 512,
      base: { long: 2048, short: 512 },
      batch: 16, // 8 GPUs of 2
    },
    exceptions: {
      "SegFormer-B5": { crop: 640, stride: 640, base: { long: 2048, short: 640 } },
    },
  },
  "segformer/cityscapes": {
    ...shared,
    data: "cityscapes",
    classes: 19,
    evaluation: "windows",
    recipe: {
      ...common,
      crop: 1024,
      stride: 768,
      base: { long: 2048, short: 1024 },
      batch: 8, // 8 GPUs of 1
    },
    exceptions: {},
  },
} as const satisfies Record<string, Preset>;

/**
 * How SegFormer is tested (local_configs/segformer): whole images with both sides rounded up to
 * multiples of 32, and on Cityscapes windows of the training crop, 1024, each 768 pixels. On ADE20K the
 * box's short side is the crop: 640 for B5, 512 for the others.
 */
export const segformerTesting: Testing = {
  sight: (data, window) => {
    const box = (short: number): Resize => ({ to: "box", box: { long: 2048, short } });
    if (data === "cityscapes") {
      const windows = { window, stride: strideOf(window), enlarge: false };
      return { resize: box(1024), multiple: 1, windows };
    }
    const resize: Resize = data === "ade20k" || data === "coco-stuff"
      ? box(window)
      : { to: "own size" };
    return { resize, multiple: 32, windows: null };
  },
  scales: (data) => {
    if (data === "ade20k") return [0.75, 0.875, 1, 1.125, 1.25];
    return data === "cityscapes" ? [...RATIOS, 2] : RATIOS;
  },
};

/** Windows overlap by a quarter. */
export function strideOf(window: number): number {
  return Math.max(1, Math.floor(3 * window / 4));
}
