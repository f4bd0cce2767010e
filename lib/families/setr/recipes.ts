import type { Testing } from "../family.ts";
import { RATIOS } from "../protocol.ts";
import { type Paramwise, pipeline, type Preset } from "../recipe.ts";
import type { SetrConfig } from "./setr.ts";

/** SETR's groups: ten times the rate on all heads (must_match 2.3). */
export const SETR_PARAMWISE: Paramwise = { head: { lrMult: 10, decayMult: 1 } };

/** What SETR does with every head and on every data set (configs/SETR/*.py, _base_/schedules/*.py). */
const common = {
  ...pipeline,
  optimizer: "sgd", // momentum 0.9
  nesterov: false,
  minLr: 1e-4,
  power: 0.9,
  warmup: 0,
  warmupRatio: null,
  lossMean: "all", // mmseg 0.x
  weightDecay: 0,
  paramwise: SETR_PARAMWISE,
  clip: null,
  dropPath: 0,
  decoderDropout: 0,
  normalization: "imagenet", // although ViT-L/16's weights were trained with mean and deviation 0.5
} as const;

const shared = {
  beginning: "ImageNet ViT-L/16 at 384², jx_vit_large_p16_384 (DeiT-B for the DeiT variants)",
  evaluation: "windows",
  exceptions: {},
} as const;

/** The _160k_ade20k_bs_16 configs; MLA was trained in batches of 8 as well, for 0.85 mIoU less. */
const ade20k = { ...shared, data: "ade20k", classes: 150 } as const;
const ade20kRecipe = {
  ...common,
  crop: 512,
  stride: 341,
  base: { long: 2048, short: 512 },
  batch: 16,
  steps: 160_000,
} as const;

/** The _80k_pascal_context_bs_16 configs; 60 classes with background. */
const pascalContext = { ...shared, data: "pascal-context", classes: 60 } as const;
const pascalContextRecipe = {
  ...common,
  crop: 480,
  stride: 320,
  base: { long: 520, short: 520 },
  batch: 16,
  steps: 80_000,
} as const;

/** The longer of the published runs, _80k_cityscapes_bs_8; the others are of 40,000 steps. */
const cityscapes = { ...shared, data: "cityscapes", classes: 19 } as const;
const cityscapesRecipe = {
  ...common,
  crop: 768,
  stride: 512,
  base: { long: 2049, short: 1025 },
  batch: 8,
  steps: 80_000,
} as const;

/** SETR (Zheng et al. 2021): a head on a ViT, whose rates differ by head and data set. */
export const setrPresets = {
  "setr-naive/ade20k": {
    ...ade20k,
    variants: ["SETR-Naive"],
    recipe: { ...ade20kRecipe, lr: 0.01 },
  },
  "setr-naive/pascal-context": {
    ...pascalContext,
    variants: ["SETR-Naive"],
    recipe: { ...pascalContextRecipe, lr: 0.01 },
  },
  "setr-naive/cityscapes": {
    ...cityscapes,
    variants: ["SETR-Naive", "SETR-Naive-Base", "SETR-Naive-DeiT"],
    recipe: { ...cityscapesRecipe, lr: 0.01 },
  },
  "setr-pup/ade20k": {
    ...ade20k,
    variants: ["SETR-PUP", "SETR-PUP-DeiT"],
    recipe: { ...ade20kRecipe, lr: 0.001 },
  },
  "setr-pup/pascal-context": {
    ...pascalContext,
    variants: ["SETR-PUP", "SETR-PUP-DeiT"],
    recipe: { ...pascalContextRecipe, lr: 0.001 },
  },
  "setr-pup/cityscapes": {
    ...cityscapes,
    variants: ["SETR-PUP", "SETR-PUP-Base", "SETR-PUP-DeiT"],
    recipe: { ...cityscapesRecipe, lr: 0.01 },
  },
  "setr-mla/ade20k": {
    ...ade20k,
    variants: ["SETR-MLA", "SETR-MLA-DeiT"],
    recipe: { ...ade20kRecipe, lr: 0.001 },
  },
  "setr-mla/pascal-context": {
    ...pascalContext,
    variants: ["SETR-MLA", "SETR-MLA-DeiT"],
    recipe: { ...pascalContextRecipe, lr: 0.001 },
  },
  "setr-mla/cityscapes": {
    ...cityscapes,
    variants: ["SETR-MLA", "SETR-MLA-DeiT"],
    recipe: { ...cityscapesRecipe, lr: 0.002 },
  },
} as const satisfies Record<string, Preset>;

/**
 * How SETR is tested (configs/SETR): the short side at least a crop, windows two thirds of a crop
 * apart. Naive and MLA have scales of their own on ADE20K.
 */
export const setrTesting: Testing<SetrConfig> = {
  sight: (data, window) => {
    const short: Readonly<Record<string, number>> = {
      "ade20k": 512,
      "pascal-context": 520,
      "cityscapes": 1025,
    };
    const known = short[data];
    const windows = { window, stride: strideOf(window), enlarge: known === undefined };
    return {
      resize: known ? { to: "short side", short: known, least: window } : { to: "own size" },
      multiple: 1,
      windows,
    };
  },
  scales: (data, config) => data === "ade20k" && config?.head !== "pup" ? [0.5, 0.75, 1] : RATIOS,
};

/** The published strides are two thirds of the windows of 512, 480 and 768 pixels. */
export function strideOf(window: number): number {
  return Math.max(1, Math.floor(2 * window / 3));
}
