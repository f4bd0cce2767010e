import { z } from "zod";
import type { Augmentation, Normalization } from "../data/augment.ts";
import type { Fit } from "../data/fit.ts";
import type { Architecture } from "../families/architecture.ts";
import { variantOf } from "../families/variants.ts";
import type { Optimizer } from "./optimizer.ts";
import { paramwiseSchema } from "./paramwise.ts";
import { mmcvPolynomial, polynomial } from "./schedule.ts";

/** What the settings that configs of earlier versions lack stand for. */
const laterDefaults = { warmupRatio: null, lossMean: "labelled", base: null } as const;

/**
 * Everything that decides what a training run computes. With the data set it is all of it: two runs
 * with equal configs on the same machine give the same bytes.
 */
export const trainConfigSchema = z.object({
  variant: z.string(),
  /** Side of the square training crops and of the evaluation window, in pixels. */
  crop: z.int().min(1),
  /** Images in a micro-batch. */
  batch: z.int().min(1),
  /** Micro-batches in an optimizer step. */
  accumulate: z.int().min(1),
  steps: z.int().min(1),
  seed: z.int().min(0),
  threads: z.int().min(1),
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
  /** SHA-256 of the encoder weights that the run began with; null for random ones. */
  pretrained: z.string().nullable(),
  /** Distance of neighbouring evaluation windows in pixels. */
  stride: z.int().min(1),
  logEvery: z.int().min(1),
  checkpointEvery: z.int().min(1),
});

/** A training run, resolved. */
export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** A training run as it is written down: without what has a default. */
export type WrittenConfig = z.input<typeof trainConfigSchema>;

/**
 * A config as it is written down: a setting that came later is left out where it has its default, so
 * that runs of earlier versions repeat byte for byte and can be resumed.
 */
export function written(config: TrainConfig): WrittenConfig {
  const later = Object.entries(laterDefaults);
  const isDefault = (key: string, value: unknown) =>
    later.some(([name, unset]) => name === key && unset === value);
  const entries = Object.entries(config).filter(([key, value]) => !isDefault(key, value));
  return Object.fromEntries(entries) as WrittenConfig;
}

/** Pixel statistics on the scale 0 to 255: as Segmenter rounds them (vit, deit), as mmseg has them. */
const normalizations: Readonly<Record<TrainConfig["normalization"], Normalization>> = {
  vit: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  deit: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
  imagenet: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
};

/** The pixel statistics of a config. */
export function normalizationOf(
  { normalization }: Pick<TrainConfig, "normalization">,
): Normalization {
  return normalizations[normalization];
}

/** What a config does to training examples. */
export function augmentationOf(config: TrainConfig): Augmentation {
  const { crop, base, scale, flip, colour, maxClassShare } = config;
  const normalization = normalizationOf(config);
  return { crop, base, scale, flip, colour, maxClassShare, normalization };
}

/** The optimizer of a config, with the betas and momentum that all published recipes share. */
export function optimizerOf({ optimizer, nesterov }: TrainConfig): Optimizer {
  return optimizer === "adamw"
    ? { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 }
    : { name: "sgd", momentum: 0.9, nesterov };
}

/** The learning rate of each step of a config, counted from 0: it decays to `minLr` at the last. */
export function scheduleOf(config: TrainConfig): (step: number) => number {
  const { lr, minLr, power, steps, warmup, warmupRatio } = config;
  if (warmup >= steps) {
    throw new RangeError(
      `Cannot schedule ${steps} steps: a warm-up of fewer steps needed, got ${warmup}`,
    );
  }
  const curve = { base: lr, minimum: minLr, power, total: steps, warmup };
  if (warmupRatio === null) return (step) => polynomial(step, { ...curve, every: 1 });
  if (minLr > 0) { // groups could not have a common lowest rate: see groupOf
    throw new RangeError(
      `Cannot schedule mmcv's warm-up: a lowest rate (minLr) of 0 needed, got ${minLr}`,
    );
  }
  return (step) => mmcvPolynomial(step, { ...curve, ratio: warmupRatio });
}

/** The network of a config for a number of classes; a crop below a patch is a RangeError. */
export function architectureOf(config: TrainConfig, classes: number): Architecture {
  const variant = variantOf(config.variant);
  if (config.crop < variant.patch) {
    throw new RangeError(
      `Cannot build ${config.variant}: a crop of at least one patch of ${variant.patch} pixels ` +
        `needed, got ${config.crop}`,
    );
  }
  const image = Math.ceil(config.crop / variant.patch) * variant.patch;
  const { dropPath, decoderDropout } = config;
  return variant.architecture({ classes, image, dropPath, decoderDropout });
}

/** How a config's network looks at images once it is trained. */
export interface Inference {
  readonly architecture: Architecture;
  readonly normalization: Normalization;
  /** The box that images are fitted into; null where they keep their size. */
  readonly base: Fit | null;
  /** Side of the sliding window in pixels, and the distance of neighbouring ones. */
  readonly window: number;
  readonly stride: number;
}

/** The trained network of a config for a number of classes: its windows are its crops. */
export function inferenceOf(config: TrainConfig, classes: number): Inference {
  const { crop: window, stride, base } = config;
  const normalization = normalizationOf(config);
  return { architecture: architectureOf(config, classes), normalization, base, window, stride };
}
