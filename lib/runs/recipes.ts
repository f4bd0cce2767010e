import type { Dataset } from "../data/dataset.ts";
import type { ChosenExtras } from "../data/extras.ts";
import { isBands } from "../images/image.ts";
import type { Reading } from "../images/reading.ts";
import { sizeOfLongSide } from "../images/window.ts";
import { type NamedVariant, variantOf } from "../families/registry.ts";
import { type Preset, recipeOf } from "../families/recipe.ts";
import type { SavedConfig } from "../train/config.ts";

/** What a user says of a training run; what is not given follows from the data or from a preset. */
export interface Choices {
  readonly variant: string;
  /** The checkpoint to begin from. */
  readonly pretrained?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly accumulate: number;
  readonly crop?: number;
  /** The longer side in pixels that images are resized to; null leaves them their own size. */
  readonly resize?: number | null;
  readonly lr?: number;
  /** Distance of the windows in testing; with a preset it follows from the crop. */
  readonly stride?: number;
  readonly checkpointEvery: number;
  readonly seed: number;
  readonly threads: number;
}

/** Weights of classes; "balanced" has them found of the training images, see `balancedWeights`. */
export type ClassWeights = "balanced" | readonly number[] | null;

/** All that decides a run but the weights that it begins with and how its files are read. */
export interface RunRecipe
  extends Omit<SavedConfig, "pretrained" | "classWeights" | "extras" | "bands" | keyof Reading> {
  readonly classWeights?: ClassWeights;
  readonly extras?: ChosenExtras | null;
}

/** What is trained without a preset where nothing else is said. */
export const OWN = {
  steps: 1000,
  batch: 8,
  crop: 240,
  lr: { pretrained: 2e-4, random: 1e-3 },
} as const;

/**
 * The distance of windows of a side: two thirds of it in whole patches, so that neighbours overlap and
 * their means show no seams. Large images take 2.25 times the windows that lie side by side.
 */
export function overlapping(side: number, patch: number): number {
  return Math.min(side, Math.max(1, Math.round(side * 2 / 3 / patch)) * patch);
}

/** The recipe of experiments/accuracy_vs_speed.ts, fitted to the data where nothing is chosen. */
export async function ownRecipe(
  { accumulate, checkpointEvery, seed, threads, ...choices }: Choices,
  train: Dataset,
  { patch, family }: Pick<NamedVariant, "patch" | "family"> = variantOf(choices.variant),
): Promise<RunRecipe> {
  const { image } = await train.example(0);
  const { width, height } = image;
  const { resize = null } = choices;
  const seen = resize === null ? [height, width] : sizeOfLongSide([height, width], resize);
  const side = Math.max(1, Math.floor(Math.min(...seen) / patch)) * patch;
  const crop = choices.crop ?? Math.min(OWN.crop, side);
  const steps = choices.steps ?? OWN.steps;
  const { lr, ...groups } = choices.pretrained
    ? { lr: OWN.lr.pretrained, ...family.fineTuning }
    : { lr: OWN.lr.random };
  return {
    variant: choices.variant,
    crop,
    batch: choices.batch ?? Math.min(OWN.batch, train.length),
    accumulate,
    steps,
    seed,
    threads,
    optimizer: "adamw",
    ...family.loss === undefined ? {} : { loss: family.loss },
    ...groups,
    lr: choices.lr ?? lr,
    minLr: 0,
    power: 0.9,
    warmup: Math.min(50, Math.floor(steps / 10)),
    weightDecay: 0.01,
    clip: 1,
    dropPath: 0.1,
    decoderDropout: 0,
    resize,
    scale: [0.5, 2],
    flip: true,
    colour: isBands(image) ? "none" : "brightness-contrast",
    normalization: "deit",
    maxClassShare: 0.75,
    stride: choices.stride ?? overlapping(crop, patch),
    logEvery: 10,
    checkpointEvery,
  };
}

/**
 * A preset's recipe as a config. Steps are divided by `by`, the warm-up keeps its share of them; crop
 * and batch stay as published unless they are chosen, and with another crop the stride of the windows
 * keeps its proportion. The rate stays: more or fewer images in a batch do not change it.
 */
export function presetRecipe(preset: Preset, choices: Choices, by: number): RunRecipe {
  const { variant, accumulate, checkpointEvery, seed, threads } = choices;
  const published = recipeOf(preset, variant);
  const steps = choices.steps ?? Math.max(1, Math.round(published.steps / by));
  const crop = choices.crop ?? published.crop;
  const lr = choices.lr ?? published.lr;
  return {
    ...published,
    variant,
    crop,
    batch: choices.batch ?? published.batch,
    accumulate,
    steps,
    seed,
    threads,
    lr,
    ...choices.resize === undefined ? {} : { resize: choices.resize, base: null },
    minLr: Math.min(published.minLr, lr),
    warmup: Math.round(published.warmup * steps / published.steps),
    stride: Math.max(1, Math.round(published.stride * crop / published.crop)),
    logEvery: 10,
    checkpointEvery,
  };
}
