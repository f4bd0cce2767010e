/**
 * Question: what do a smaller patch and the Mask Transformer give and cost, and what is ImageNet
 * pretraining worth? Segmenter T on CamVid (Strudel et al. 2021, figure 1 and tables 2 to 4, in
 * small): patch 8, 16 and 32, linear and mask decoder, from DeiT-Tiny's weights, and patch 16 from
 * random ones.
 *
 * Command: deno task experiment accuracy_vs_speed --data DIR --pretrained FILE
 *
 * Answer: weights that fit are worth most. Patch 16, DeiT-Tiny's own, reaches mIoU 0.66 with either
 * decoder, from random weights 0.27. Patch 8 and 32 must learn a new patch embedding: of these two
 * the small patch wins with two thirds of the steps (linear 0.51 against 0.42, mask 0.45 against
 * 0.39), for a tenth of the speed, and no patch finds the poles. Mask and linear decoder are level
 * at patch 16; in so few steps the linear one learns faster elsewhere.
 */
import type { Experiment } from "../lib/runs/experiment.ts";

const experiment: Experiment = {
  question: "What do small patches, the mask decoder and pretraining give on CamVid?",
  minutes: 300,
  data: "camvid",
  base: {
    crop: 240,
    stride: 240,
    batch: 8,
    accumulate: 1,
    steps: 1350,
    threads: 2,
    optimizer: "adamw",
    lr: 2e-4,
    minLr: 0,
    power: 0.9,
    warmup: 50,
    weightDecay: 0.01,
    clip: null,
    dropPath: 0.1,
    decoderDropout: 0,
    scale: [0.5, 2],
    flip: true,
    colour: "brightness-contrast",
    normalization: "deit",
    maxClassShare: 0.75,
    logEvery: 10,
    checkpointEvery: 50,
  },
  runs: {
    "t-mask-16": { variant: "Seg-T-Mask/16", pretrained: true },
    "t-linear-16": { variant: "Seg-T/16", pretrained: true },
    "t-mask-32": { variant: "Seg-T-Mask/32", pretrained: true },
    "t-linear-32": { variant: "Seg-T/32", pretrained: true },
    "t-mask-16-random": { variant: "Seg-T-Mask/16", pretrained: false },
    // 900 tokens: 3.4 s a step on 2 cores. Two thirds of the steps, so what they gain is a lower bound.
    "t-mask-8": { variant: "Seg-T-Mask/8", pretrained: true, steps: 900 },
    "t-linear-8": { variant: "Seg-T/8", pretrained: true, steps: 900 },
  },
  seeds: [1],
  published: [
    { run: "t-mask-16", label: "Seg-T-Mask/16", mIoU: 38.1, source: "ADE20K, the official README" },
    { run: "t-linear-8", label: "Seg-B/8", mIoU: 49.5, source: "ADE20K, size B" },
    { run: "t-linear-16", label: "Seg-B/16", mIoU: 48.06, source: "ADE20K, size B, table 3" },
    { run: "t-linear-32", label: "Seg-B/32", mIoU: 43.07, source: "ADE20K, size B, table 3" },
  ],
  smoke: { crop: 64, stride: 64, batch: 2, steps: 4, warmup: 1 },
  figures: ["accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
