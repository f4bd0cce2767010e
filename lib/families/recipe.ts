import { z } from "zod";
import type { Normalization } from "../images/normalise.ts";

/** Multipliers of learning rate and weight decay by a part of the parameters' names. */
const paramwiseSchema = z.record(
  z.string().min(1),
  z.strictObject({ lrMult: z.number().positive(), decayMult: z.number().min(0) }),
);

/** What differs by parameter, for example `{ norm: { lrMult: 1, decayMult: 0 } }`. */
export type Paramwise = z.infer<typeof paramwiseSchema>;

/** What the settings that configs of earlier versions lack stand for. */
export const laterDefaults = {
  warmupRatio: null,
  lossMean: "labelled",
  loss: "ce",
  classWeights: null,
  labelSmoothing: 0,
  base: null,
  resize: null,
  patchResize: "none",
  extras: null,
  network: null,
  dataShare: 1,
  ema: null,
  validate: null,
  patience: null,
  bestBy: "mIoU",
  freeze: null,
  loraRank: null,
  loraAlpha: 16,
  layerDecay: 1,
  schedule: "poly",
  continued: null,
  sample: "shuffled",
  binary: false,
  device: "cpu",
  task: "semantic",
  exif: null,
  maxPixels: null,
  bands: null,
} as const;

/**
 * What becomes of a pretrained patch embedding where the network's patches have another side: it begins
 * at random, is resized bilinearly as pictures are, or by FlexiViT's pseudo-inverse.
 */
export type PatchResize = "none" | "bilinear" | "pseudo-inverse";

/** The part of a training config that a published recipe decides. */
export const recipeSchema = z.object({
  /** Side of the square training crops and of the evaluation window, in pixels. */
  crop: z.int().min(1),
  /** Images in a micro-batch. */
  batch: z.int().min(1),
  steps: z.int().min(1),
  optimizer: z.enum(["sgd", "adamw"]),
  /** SGD's: Segmenter trains with it, SETR without. */
  nesterov: z.boolean().default(true),
  lr: z.number().positive(),
  minLr: z.number().min(0),
  /** The power of the polynomial decay. */
  power: z.number().positive(),
  warmup: z.int().min(0),
  /** mmcv's warm-up begins at this share of the curve; null is Segmenter's, which begins at 0. */
  warmupRatio: z.number().min(0).max(1).nullable().default(laterDefaults.warmupRatio),
  /** Over which pixels the loss is a mean: mmseg's counts the ignored ones too. */
  lossMean: z.enum(["labelled", "all"]).default(laterDefaults.lossMean),
  weightDecay: z.number().min(0),
  paramwise: paramwiseSchema.default({}),
  clip: z.number().positive().nullable(),
  dropPath: z.number().min(0).max(1),
  decoderDropout: z.number().min(0).max(1),
  /** The box that images are fitted into before the random factor, mmseg's img_scale, in pixels. */
  base: z.strictObject({ long: z.int().min(1), short: z.int().min(1) }).nullable()
    .default(laterDefaults.base),
  /** Lowest and highest random factor of an image's size. */
  scale: z.tuple([z.number().positive(), z.number().positive()]).readonly(),
  flip: z.boolean(),
  colour: z.enum(["photometric", "brightness-contrast", "none"]),
  normalization: z.enum(["vit", "deit", "imagenet"]),
  maxClassShare: z.number().positive().max(1),
  /** Distance of neighbouring evaluation windows in pixels. */
  stride: z.int().min(1),
});

/** A published recipe, resolved. */
export type Recipe = Readonly<z.infer<typeof recipeSchema>>;

/** A published recipe for a data set, as plain data. */
export interface Preset {
  /** The data set's name, as `namedData` and the folder in data/ have it, and its number of classes. */
  readonly data: "ade20k" | "pascal-context" | "cityscapes";
  readonly classes: number;
  /** The variants that were trained so; the first is meant where none is named. */
  readonly variants: readonly [string, ...string[]];
  /** The weights that training began from, in words. */
  readonly beginning: string;
  /** Whether the network is tested in windows of a crop, `stride` pixels apart, or on whole images. */
  readonly evaluation: "windows" | "whole images";
  readonly recipe: Recipe;
  /** What differs for some variants, by their names. */
  readonly exceptions: Readonly<Record<string, Partial<Recipe>>>;
}

/** The recipe of a preset for a variant, with what is different for it. */
export function recipeOf({ recipe, exceptions }: Preset, variant: string): Recipe {
  return { ...recipe, ...exceptions[variant] };
}

/** mmseg's training pipeline, which all three papers use (Segmenter's segm/data/config/*.py). */
export const pipeline = {
  scale: [0.5, 2],
  flip: true,
  colour: "photometric",
  maxClassShare: 0.75,
} as const satisfies Partial<Recipe>;

/** Pixel statistics on the scale 0 to 255: as Segmenter rounds them (vit, deit), as mmseg has them. */
export const normalizations = {
  vit: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  deit: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
  imagenet: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
} as const satisfies Readonly<Record<string, Normalization>>;

/** Pixels between 0 and 1, and of no statistics: slices of computed tomography. */
export const unitRange: Normalization = { mean: [0, 0, 0], std: [255, 255, 255] };

/** Pixel statistics by name. */
export type NormalizationName = keyof typeof normalizations;
