/**
 * Question: do queries in the last blocks of a plain ViT (EoMT) do what Segmenter's decoders do, on scenes, and
 * tell objects apart with the same network?
 *
 * Command: deno task experiment one_transformer --pretrained FILE
 *
 * Answer: in the making.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { queries, short, smallScenes, smoke } from "./recipes/short.ts";

const mask = { variant: "Seg-T-Mask/16", pretrained: true } as const;

const experiment: Experiment = {
  question: "Do queries in the last blocks of a ViT replace decoders, and tell objects apart?",
  minutes: 60,
  data: smallScenes.data,
  base: { ...smallScenes.base, lr: short.lr, steps: 450, warmup: 45 },
  runs: {
    "segmenter-linear": { variant: "Seg-T/16", pretrained: true },
    "segmenter-mask": mask,
    // As many steps as take the time of EoMT's.
    "segmenter-mask-longer": { ...mask, steps: 1350, warmup: 135 },
    "eomt-semantic": queries,
    "eomt-panoptic": {
      ...queries,
      task: "panoptic",
      network: { ...queries.network, objects: 16 },
    },
  },
  seeds: [1, 2, 3],
  contrasts: [
    {
      claim: "queries are as good as the mask decoder",
      better: "eomt-semantic",
      than: "segmenter-mask",
    },
    {
      claim: "the mask decoder is better at equal time",
      better: "segmenter-mask-longer",
      than: "eomt-semantic",
    },
    {
      claim: "objects cost no classes",
      better: "eomt-panoptic",
      than: "eomt-semantic",
    },
  ],
  then: "one_transformer_camvid",
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
