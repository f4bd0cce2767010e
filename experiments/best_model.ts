/**
 * Question: how good a CamVid model do two cores train in two hours from DeiT-Tiny? With the ingredients
 * that best_model_choice chose on images held out of the training ones; the validation images are looked
 * at once, at the end.
 *
 * Command: deno task experiment best_model --pretrained FILE
 *
 * Answer: 72.3 points of mIoU with windows side by side, 73.5 with windows that overlap by a half, 75.2 with
 * three scales too; 30 epochs of the plain recipe give 66. Patches of 8 whose embedding is resized by the
 * pseudo-inverse, crops of 192, 59 epochs: some 75 minutes of two cores' time, 138 beside other work. What
 * each ingredient gave on held-out images stands in best_model_choice. Signs and pedestrians come to 56 and
 * 61 %, poles stay at 2 %.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { short, smoke } from "./recipes/short.ts";

const run = "seg-t-8";

const experiment: Experiment = {
  question: "How good a CamVid model do two cores train in two hours from DeiT-Tiny?",
  minutes: 120,
  data: "camvid",
  base: {
    ...short,
    crop: 192,
    stride: 192,
    steps: 2700, // 59 epochs
    threads: 2,
    lr: 3e-4,
    warmup: 100,
    checkpointEvery: 25,
  },
  runs: {
    [run]: { variant: "Seg-T/8", pretrained: true, patchResize: "pseudo-inverse" },
  },
  trials: {
    "stride 96": { run, stride: 96 },
    "stride 96, scales 0.75 1 1.25": { run, stride: 96, scales: [0.75, 1, 1.25] },
  },
  beside: ["pole", "sign", "pedestrian"],
  seeds: [1],
  smoke,
  figures: ["scores", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
