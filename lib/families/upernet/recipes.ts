import type { Testing } from "../family.ts";
import { RATIOS, type Resize } from "../protocol.ts";
import { type Paramwise, pipeline, type Preset } from "../recipe.ts";

/**
 * Swin's groups: no decay on norms and tables of biases. The third one published,
 * `absolute_pos_embed`, names no parameter.
 */
export const UPERNET_PARAMWISE: Paramwise = {
  relative_position_bias_table: { lrMult: 1, decayMult: 0 },
  norm: { lrMult: 1, decayMult: 0 },
};

/** UPerNet on Swin (configs/swin/upernet_swin_*_512x512_160k_ade20k.py). */
export const upernetPresets = {
  "upernet/ade20k": {
    data: "ade20k",
    classes: 150,
    variants: [
      "UPerNet-Swin-T",
      "UPerNet-Swin-S",
      "UPerNet-Swin-B",
      "UPerNet-Swin-B-W12",
      "UPerNet-Swin-L",
      "UPerNet-Swin-L-W12",
    ],
    beginning: "Swin trained on ImageNet-1k, of those with windows of 12 and of L on ImageNet-22k",
    evaluation: "whole images",
    recipe: {
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
      paramwise: UPERNET_PARAMWISE,
      clip: null,
      steps: 160_000,
      dropPath: 0.3,
      decoderDropout: 0.1,
      normalization: "imagenet",
      crop: 512,
      stride: 512,
      base: { long: 2048, short: 512 },
      batch: 16, // 8 GPUs of 2
    },
    exceptions: {},
  },
} as const satisfies Record<string, Preset>;

/** How UPerNet on Swin is tested: images whole, on ADE20K fitted into a box as high as the crop. */
export const upernetTesting: Testing = {
  sight: (data, window) => {
    const resize: Resize = data === "ade20k"
      ? { to: "box", box: { long: 2048, short: window } }
      : { to: "own size" };
    return { resize, multiple: 1, windows: null };
  },
  scales: () => RATIOS,
};

/** Windows overlap by a third, where somebody asks for them. */
export function strideOf(window: number): number {
  return Math.max(1, Math.floor(2 * window / 3));
}
