import { z } from "zod";
import type { Augmentation } from "../data/augment.ts";
import { extrasSchema } from "../data/extras.ts";
import type { Normalization } from "../images/normalise.ts";
import { MOST_BANDS } from "../images/image.ts";
import type { Reading } from "../images/reading.ts";
import type { Architecture } from "../families/family.ts";
import { laterDefaults, normalizations, recipeSchema } from "../families/recipe.ts";
import { overridden } from "../families/overridden.ts";
import { type Protocol, windowProtocol } from "../families/protocol.ts";
import { variantOf } from "../families/registry.ts";
import { tuningOf } from "../families/tuning.ts";
import type { Tuning } from "../nn/tuning.ts";
import type { LossOptions } from "../nn/losses/options.ts";
import {
  classWeightsSchema,
  freezeSchema,
  labelSmoothingSchema,
  layerDecaySchema,
  lossSchema,
  sampleSchema,
  scheduleSchema,
  taskSchema,
} from "./choices.ts";
import type { Optimizer } from "./optimizer.ts";

const recipe = recipeSchema.shape;

const perBand = (number: z.ZodNumber) => z.array(number).min(1).max(MOST_BANDS).readonly();

/** Mean and standard deviation of each band. */
const bandsSchema = z.strictObject({
  mean: perBand(z.number()),
  std: perBand(z.number().positive()),
})
  .refine(({ mean, std }) => mean.length === std.length, {
    error: "needs a mean and a std a band",
  });

/**
 * Everything that decides what a training run computes, in the order in which it is written down. With
 * the data set it is all of it: two runs with equal configs on the same machine give the same bytes.
 */
export const trainConfigSchema = z.object({
  variant: z.string(),
  crop: recipe.crop,
  batch: recipe.batch,
  /** Micro-batches in an optimizer step. */
  accumulate: z.int().min(1),
  steps: recipe.steps,
  seed: z.int().min(0),
  threads: z.int().min(1),
  optimizer: recipe.optimizer,
  nesterov: recipe.nesterov,
  lr: recipe.lr,
  minLr: recipe.minLr,
  power: recipe.power,
  warmup: recipe.warmup,
  warmupRatio: recipe.warmupRatio,
  lossMean: recipe.lossMean,
  /** What is minimised: "ce", "ce+0.5*dice" … */
  loss: lossSchema.default(laterDefaults.loss),
  /** What each class counts in it; null counts all alike. */
  classWeights: classWeightsSchema.nullable().default(laterDefaults.classWeights),
  /** The share of the truth in cross entropy that is spread over all classes. */
  labelSmoothing: labelSmoothingSchema.default(laterDefaults.labelSmoothing),
  weightDecay: recipe.weightDecay,
  paramwise: recipe.paramwise,
  clip: recipe.clip,
  dropPath: recipe.dropPath,
  decoderDropout: recipe.decoderDropout,
  /** The longer side in pixels that images are resized to before all else; null leaves their own size. */
  resize: z.int().min(1).nullable().default(laterDefaults.resize),
  base: recipe.base,
  scale: recipe.scale,
  flip: recipe.flip,
  colour: recipe.colour,
  normalization: recipe.normalization,
  maxClassShare: recipe.maxClassShare,
  /** What else is done to training examples; null is nothing. */
  extras: extrasSchema.nullable().default(laterDefaults.extras),
  /** SHA-256 of the encoder weights that the run began with; null for random ones. */
  pretrained: z.string().nullable(),
  /** What becomes of pretrained kernels for patches of another side. */
  patchResize: z.enum(["none", "bilinear", "pseudo-inverse"]).default(laterDefaults.patchResize),
  /** What differs from the variant's network, for example `{ decoder: { layers: 1 } }`. */
  network: z.record(z.string(), z.unknown()).nullable().default(laterDefaults.network),
  /** The share of the training examples that is used, drawn by the seed. */
  dataShare: z.number().positive().max(1).default(laterDefaults.dataShare),
  /** What of the average of weights stays in a step; the run's weights are then the average's. */
  ema: z.number().min(0).lt(1).nullable().default(laterDefaults.ema),
  /** Every so many steps so many validation images, spread over all, are scored; null never does. */
  validate: z.strictObject({ every: z.int().min(1), images: z.int().min(1) }).nullable()
    .default(laterDefaults.validate),
  /** By what a validation is better: mIoU, loss, or the IoU of the class of that name. */
  bestBy: z.string().min(1).default(laterDefaults.bestBy),
  /** So many validations that are not better end the run; null never does. */
  patience: z.int().min(1).nullable().default(laterDefaults.patience),
  /** What stays as it begins: the encoder, or so many of its blocks and what is before them. */
  freeze: freezeSchema.nullable().default(laterDefaults.freeze),
  /** Adapters of this rank learn in place of the encoder; they count loraAlpha / loraRank. */
  loraRank: z.int().min(1).nullable().default(laterDefaults.loraRank),
  loraAlpha: z.number().positive().default(laterDefaults.loraAlpha),
  /** Each layer of the encoder learns so many times as fast as the next. */
  layerDecay: layerDecaySchema.default(laterDefaults.layerDecay),
  /** How the learning rate falls: the recipe's polynomial, half a cosine, not at all, or EoMT's two stages. */
  schedule: scheduleSchema.default(laterDefaults.schedule),
  /** The steps after which the run was at an end before it was made longer. */
  continued: z.array(z.int().min(1)).readonly().nullable().default(laterDefaults.continued),
  /** Which images and crops are learned from: each image once an epoch, or rare classes more often. */
  sample: sampleSchema.default(laterDefaults.sample),
  /** Two classes: the second is given where its probability exceeds a threshold found on the validation images. */
  binary: z.boolean().default(laterDefaults.binary),
  /** What the network learns to say of a picture. */
  task: taskSchema.default(laterDefaults.task),
  /** What computes the steps. */
  device: z.enum(["cpu", "webgpu", "cuda"]).default(laterDefaults.device),
  stride: recipe.stride,
  /** How the files were read; null by the defaults (see `Reading`). */
  exif: z.enum(["apply", "ignore"]).nullable().default(laterDefaults.exif),
  maxPixels: z.int().min(1).nullable().default(laterDefaults.maxPixels),
  /** The statistics of each band where images are kept as they are stored; null where they are 8-bit RGB. */
  bands: bandsSchema.nullable().default(laterDefaults.bands),
  logEvery: z.int().min(1),
  checkpointEvery: z.int().min(1),
});

/** A training run, resolved. */
export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** A training run as it is saved: without what has a default. */
export type SavedConfig = z.input<typeof trainConfigSchema>;

/**
 * A config as it is saved: a setting that came later is left out where it has its default, so
 * that runs of earlier versions repeat byte for byte and can be resumed.
 */
export function savedConfig(config: TrainConfig): SavedConfig {
  const later = Object.entries(laterDefaults);
  const isDefault = (key: string, value: unknown) =>
    later.some(([name, unset]) => name === key && unset === value);
  const entries = Object.entries(config).filter(([key, value]) => !isDefault(key, value));
  return Object.fromEntries(entries) as SavedConfig;
}

/** The pixel statistics of a config: those of its bands, or else the named ones. */
export function normalizationOf({ bands, normalization }: TrainConfig): Normalization {
  return bands ?? normalizations[normalization];
}

/** What a config does to training examples. */
export function augmentationOf(config: TrainConfig): Augmentation {
  const { crop, base, scale, flip, colour, maxClassShare, extras } = config;
  const normalization = normalizationOf(config);
  return { crop, base, scale, flip, colour, maxClassShare, normalization, extras };
}

/** What a config minimises. */
export function lossOf({ loss, lossMean, classWeights, labelSmoothing }: TrainConfig): LossOptions {
  return { loss, mean: lossMean, classWeights, labelSmoothing };
}

/** The optimizer of a config, with the betas and momentum that all published recipes share. */
export function optimizerOf({ optimizer, nesterov }: TrainConfig): Optimizer {
  return optimizer === "adamw"
    ? { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 }
    : { name: "sgd", momentum: 0.9, nesterov };
}

/** What of a config's network learns; a part that is frozen at random first values is a RangeError. */
export function tuningFor(config: TrainConfig, architecture: Architecture): Tuning {
  const tuning = tuningOf(architecture, config);
  if (tuning.frozen.length === 0 || config.pretrained !== null) return tuning;
  throw new RangeError(
    `Cannot freeze an encoder: weights to begin from (pretrained) needed, got random first values, ` +
      `which would stay random`,
  );
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
  const { dropPath, decoderDropout, network, bands, task } = config;
  if (task !== "semantic" && !variant.family.queries) {
    throw new RangeError(
      `Cannot train ${config.variant} for ${task} segmentation: a network of queries needed, such as EoMT-S/16`,
    );
  }
  const use = { classes, image, dropPath, decoderDropout, task };
  const named = { ...variant.architecture(use), ...bands && { channels: bands.mean.length } };
  return network ? { ...named, config: overridden(named.config, network) } : named;
}

/** A config's network, and how it looks at images once it is trained. */
export interface Inference {
  readonly architecture: Architecture;
  readonly normalization: Normalization;
  readonly protocol: Protocol;
  /** Side of the sliding window in pixels, and the distance of neighbouring ones. */
  readonly window: number;
  readonly stride: number;
  /** How the files that it learned from were read; what is not said was so by default. */
  readonly reading: Reading;
}

/** How a config says that files are read. */
export function readingOf(
  { exif, maxPixels, bands }: Pick<TrainConfig, "exif" | "maxPixels" | "bands">,
): Reading {
  return {
    ...exif !== null && { exif },
    ...maxPixels !== null && { maxPixels },
    ...bands !== null && { channels: bands.mean.length },
  };
}

/** What a config says of how files are read, but for the statistics of bands. */
export function configOfReading(
  { exif, maxPixels }: Reading = {},
): Pick<SavedConfig, "exif" | "maxPixels"> {
  return { exif: exif ?? null, maxPixels: maxPixels ?? null };
}

/** The trained network of a config for a number of classes: its windows are its crops. */
export function inferenceOf(
  config: TrainConfig,
  classes: number,
  architecture: Architecture = architectureOf(config, classes),
): Inference {
  const { crop: window, stride, base, resize } = config;
  return {
    architecture,
    normalization: normalizationOf(config),
    protocol: windowProtocol({ base, resize, window, stride }),
    window,
    stride,
    reading: readingOf(config),
  };
}
