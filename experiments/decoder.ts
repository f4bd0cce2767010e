/**
 * Question: is the Mask Transformer worth its blocks (Strudel et al. 2021, section 4.2)? Segmenter's
 * linear decoder, and its mask decoder with 1, 2 and 3 layers.
 *
 * Command: deno task experiment decoder --pretrained FILE
 *
 * Answer: open. After 150 steps the linear decoder has 47.5 ± 3.2 points of mIoU and the Mask Transformer
 * 46.1, 45.7 and 45.9 with 1, 2 and 3 layers; no difference exceeds twice its standard error (mask-2
 * against linear −1.9 ± 2.0). The paper's 1.6 points for the mask decoder are those of a whole training.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const mask = { variant: "Seg-T-Mask/16", pretrained: true } as const;

const experiment: Experiment = {
  question: "What do Segmenter's linear decoder and 1 to 3 layers of Mask Transformer give?",
  minutes: 20,
  data: "camvid",
  base: short,
  runs: {
    "linear": plain,
    "mask-1": { ...mask, network: { decoder: { layers: 1 } } },
    "mask-2": mask,
    "mask-3": { ...mask, network: { decoder: { layers: 3 } } },
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "the mask decoder beats the linear one", better: "mask-2", than: "linear" },
    { claim: "two layers beat one", better: "mask-2", than: "mask-1" },
    { claim: "three layers beat two", better: "mask-3", than: "mask-2" },
  ],
  published: [
    { run: "linear", label: "Seg-B†/16, linear", mIoU: 47.1, source: "ADE20K, 160,000 steps" },
    { run: "mask-2", label: "Seg-B†-Mask/16", mIoU: 48.7, source: "ADE20K, 160,000 steps" },
  ],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
