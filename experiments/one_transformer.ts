/**
 * Question: does EoMT's plain ViT with queries in its last blocks do what Segmenter's decoders do, and
 * panoptic segmentation with the same network?
 *
 * Command: deno task experiment one_transformer --pretrained FILE
 *
 * Answer: in the making.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { short, smoke } from "./recipes/short.ts";

const query = { variant: "EoMT-T/16", pretrained: true, lr: 5e-4, layerDecay: 0.8 } as const;

const experiment: Experiment = {
  question: "Do queries in the last blocks of a ViT replace Segmenter's decoders?",
  minutes: 60,
  data: { train: 1000, val: 60, size: 96 },
  base: { ...short, crop: 96, stride: 96, steps: 300, warmup: 30, scale: [1, 1], colour: "none" },
  runs: {
    "segmenter-linear": { variant: "Seg-T/16", pretrained: true },
    "segmenter-mask": { variant: "Seg-T-Mask/16", pretrained: true },
    "eomt-semantic": { ...query, network: { queries: 40 } },
    "eomt-panoptic": { ...query, task: "panoptic", network: { queries: 40, objects: 16 } },
  },
  seeds: [1, 2, 3],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
