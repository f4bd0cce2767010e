import type { Dataset } from "../data/dataset.ts";
import { variantOf } from "../families/registry.ts";
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
  readonly lr?: number;
  readonly checkpointEvery: number;
  readonly seed: number;
  readonly threads: number;
}

/** What is trained without a preset where nothing else is said. */
export const OWN = {
  steps: 1000,
  batch: 8,
  crop: 240,
  lr: { pretrained: 2e-4, random: 1e-3 },
} as const;

/** The recipe of experiments/accuracy_vs_speed.ts, fitted to the data where nothing is chosen. */
export async function ownRecipe(
  { accumulate, checkpointEvery, seed, threads, ...choices }: Choices,
  train: Dataset,
): Promise<Omit<SavedConfig, "pretrained">> {
  const { patch, family } = variantOf(choices.variant);
  const { image: { width, height } } = await train.example(0);
  const side = Math.max(1, Math.floor(Math.min(width, height) / patch)) * patch;
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
    ...groups,
    lr: choices.lr ?? lr,
    minLr: 0,
    power: 0.9,
    warmup: Math.min(50, Math.floor(steps / 10)),
    weightDecay: 0.01,
    clip: 1,
    dropPath: 0.1,
    decoderDropout: 0,
    scale: [0.5, 2],
    flip: true,
    colour: "brightness-contrast",
    normalization: "deit",
    maxClassShare: 0.75,
    stride: crop,
    logEvery: 10,
    checkpointEvery,
  };
}
