import type { Testing } from "../family.ts";
import { RATIOS, type Resize } from "../protocol.ts";
import { pipeline, type Preset } from "../recipe.ts";

/** What Segmenter does on every data set: segm/train.py's defaults and segm/config.yml's decoder. */
const common = {
  ...pipeline,
  optimizer: "sgd", // momentum 0.9, as timm 0.4.12's "sgd" is: with Nesterov's
  nesterov: true,
  weightDecay: 0,
  paramwise: {},
  clip: null,
  minLr: 1e-5,
  power: 0.9,
  warmup: 0,
  warmupRatio: null,
  lossMean: "labelled",
  dropPath: 0.1, // of the encoder; the decoder has none
  decoderDropout: 0.1, // of the Mask Transformer; the encoder has none
  normalization: "vit",
} as const;

const beginning = "AugReg ViT: ImageNet-21k, then ImageNet-1k at 384² (DeiT's for Seg-B†)";
const distilled = { normalization: "deit" } as const;
const exceptions = { "Seg-B†/16": distilled, "Seg-B†-Mask/16": distilled } as const;

/** --im-size and --crop-size 640 in place of 512; the box is (ratio · im_size, im_size). */
const large = { crop: 640, stride: 640, base: { long: 2560, short: 640 } } as const;

/**
 * Segmenter (Strudel et al. 2021): segm/config.yml; steps are its epochs times the iterations of one.
 * `stride` is config.yml's, used while training; the published scores have windows 32 pixels less than
 * a window apart (segm/eval/miou.py).
 */
export const segmenterPresets = {
  "segmenter/ade20k": {
    data: "ade20k",
    classes: 150,
    // README's model zoo, and table 1 to 4 of the paper.
    variants: [
      "Seg-T-Mask/16",
      "Seg-S/16",
      "Seg-S-Mask/16",
      "Seg-S/32",
      "Seg-B/8",
      "Seg-B/16",
      "Seg-B-Mask/16",
      "Seg-B/32",
      "Seg-B†/16",
      "Seg-B†-Mask/16",
      "Seg-L/16",
      "Seg-L-Mask/16",
    ],
    beginning,
    evaluation: "windows",
    recipe: {
      ...common,
      crop: 512,
      stride: 512,
      base: { long: 2048, short: 512 }, // ratio 4, im_size 512
      batch: 8,
      lr: 1e-3,
      steps: 161_728, // 64 epochs of 2,527
    },
    exceptions: { ...exceptions, "Seg-L/16": large, "Seg-L-Mask/16": large },
  },
  "segmenter/pascal-context": {
    data: "pascal-context",
    classes: 60, // with background
    variants: ["Seg-L-Mask/16", "Seg-L/16", "Seg-B†/16", "Seg-B†-Mask/16"],
    beginning,
    evaluation: "windows",
    recipe: {
      ...common,
      crop: 480,
      stride: 320,
      base: { long: 4160, short: 520 }, // ratio 8, im_size 520
      batch: 16,
      lr: 1e-3,
      steps: 80_128, // 256 epochs of 313
    },
    exceptions,
  },
  "segmenter/cityscapes": {
    data: "cityscapes",
    classes: 19,
    // The published Seg-L-Mask/16 has one decoder layer (322M parameters), this repository's two.
    variants: ["Seg-L-Mask/16", "Seg-L/16", "Seg-B†/16", "Seg-B†-Mask/16"],
    beginning,
    evaluation: "windows",
    recipe: {
      ...common,
      crop: 768,
      stride: 512,
      base: { long: 2048, short: 1024 }, // ratio 2, im_size 1024
      batch: 8,
      lr: 1e-2,
      steps: 80_352, // 216 epochs of 372
    },
    exceptions,
  },
} as const satisfies Record<string, Preset>;

/**
 * How Segmenter is tested (segm/config.yml, segm/eval/miou.py): the box is (ratio · im_size, im_size),
 * where im_size is the window but for Pascal Context and Cityscapes; windows are 32 pixels less than a
 * window apart.
 */
export const segmenterTesting: Testing = {
  sight: (data, window) => {
    const boxes: Readonly<Record<string, readonly [long: number, short: number]>> = {
      "ade20k": [4 * window, window],
      "pascal-context": [4160, 520],
      "cityscapes": [2048, 1024],
    };
    const box = boxes[data];
    const resize: Resize = box
      ? { to: "box", box: { long: box[0], short: box[1] } }
      : { to: "own size" };
    const windows = { window, stride: Math.max(window - 32, 1), enlarge: true };
    return { resize, multiple: 1, windows };
  },
  scales: () => RATIOS,
};
