/**
 * Question: do queries in the last blocks of a plain ViT (EoMT) do what Segmenter's decoders do, on CamVid?
 *
 * Command: deno task experiment one_transformer_camvid --pretrained FILE
 *
 * Answer: at equal steps they are as good as the mask decoder, 44.6 ± 1.4 points of mIoU against 45.7 ± 1.5 (−1.0
 * with a standard error of 1.2), and the linear decoder is open too (47.5 ± 3.2). At equal time they are not: a step
 * takes 2.4 times as long with an encoder this small, whose masks of four times its resolution are read four times,
 * and in that time the mask decoder is 11.8 ± 1.9 points further (56.5).
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, queries, short, smoke } from "./recipes/short.ts";

const mask = { variant: "Seg-T-Mask/16", pretrained: true } as const;

const experiment: Experiment = {
  question: "Do queries in the last blocks of a ViT replace Segmenter's decoders on CamVid?",
  minutes: 45,
  data: "camvid",
  base: short,
  runs: {
    "segmenter-linear": plain,
    "segmenter-mask": mask,
    // As many steps as take the time of EoMT's.
    "segmenter-mask-longer": { ...mask, steps: 450, warmup: 45 },
    "eomt-semantic": queries,
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
  ],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
