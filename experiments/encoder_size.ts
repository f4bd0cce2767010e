/**
 * Question: what does a larger encoder give (Strudel et al. 2021, table 3)? Segmenter T and S, on *scenes*
 * from random weights: of ImageNet's there are DeiT-Tiny's alone here.
 *
 * Command: deno task experiment encoder_size
 *
 * Answer: the larger one is better: S has 45.4 ± 0.8 points of mIoU after 150 steps, T 43.7 ± 0.7 (+1.7 with a
 * standard error of 0.6). The paper has +7.2, on ADE20K and from ImageNet-21k.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { smallScenes, smoke } from "./recipes/short.ts";

const source = "ADE20K, table 1, from ImageNet-21k";

const experiment: Experiment = {
  question: "What does an encoder of size S give over one of size T, from random weights?",
  minutes: 10,
  ...smallScenes,
  runs: {
    "t-16": { variant: "Seg-T/16", pretrained: false },
    "s-16": { variant: "Seg-S/16", pretrained: false },
  },
  seeds: [1, 2, 3],
  contrasts: [{ claim: "S beats T", better: "s-16", than: "t-16" }],
  published: [
    { run: "t-16", label: "Seg-T-Mask/16", mIoU: 38.1, source },
    { run: "s-16", label: "Seg-S-Mask/16", mIoU: 45.3, source },
  ],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "training_curves", "overlays"],
};

export default experiment;
