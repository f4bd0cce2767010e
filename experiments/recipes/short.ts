import type { RunConfig } from "../../lib/runs/experiment.ts";

/**
 * The recipe of the ablations: CamVid in crops of 160 pixels, 150 steps of 8 images (3.3 epochs) from
 * DeiT-Tiny, about a minute and a half on one core. So short that three seeds of each run fit into an
 * evening, and too short for the last points: differences are what it is for.
 */
export const short: Omit<RunConfig, "variant"> = {
  crop: 160,
  stride: 160,
  batch: 8,
  accumulate: 1,
  steps: 150,
  threads: 1,
  optimizer: "adamw",
  lr: 3e-4,
  minLr: 0,
  power: 0.9,
  warmup: 15,
  weightDecay: 0.01,
  clip: 1,
  dropPath: 0.1,
  decoderDropout: 0,
  scale: [0.5, 2],
  flip: true,
  colour: "brightness-contrast",
  normalization: "deit",
  maxClassShare: 0.75,
  logEvery: 10,
  checkpointEvery: 50,
};

/** What networks without ImageNet's weights learn with: larger steps. */
export const fromRandom = { pretrained: false, lr: 1e-3 } as const;

/** The ablations' network where nothing else is said: its runs in several experiments are the same. */
export const plain = { variant: "Seg-T/16", pretrained: true } as const;

/**
 * EoMT's Vision Transformer of that size: fewer queries than published, since pictures here show few objects, and the
 * published decay of rates from layer to layer.
 */
export const queries = {
  variant: "EoMT-T/16",
  pretrained: true,
  lr: 5e-4,
  layerDecay: 0.8,
  network: { queries: 40 },
} as const;

/** *Scenes* for networks without ImageNet's weights, where CamVid's images are too few. */
export const smallScenes = {
  data: { train: 1000, val: 60, size: 96 },
  base: { ...short, crop: 96, stride: 96, lr: 1e-3, scale: [1, 1], colour: "none" },
} as const;

/** Every part of an ablation, in seconds. */
export const smoke = { crop: 64, stride: 64, batch: 2, steps: 2, warmup: 1 } as const;
