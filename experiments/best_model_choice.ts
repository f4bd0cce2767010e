/**
 * Question: which ingredients make the best CamVid model that two cores train in two hours? Chosen on
 * images held out of the training ones, so that the validation ones stay honest (best_model).
 *
 * Command: deno task experiment best_model_choice --pretrained FILE
 *
 * Answer: not run yet.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { short, smoke } from "./recipes/short.ts";

const small = { variant: "Seg-T/8", pretrained: true, patchResize: "pseudo-inverse" } as const;
const run = "patch-8";

const experiment: Experiment = {
  question:
    "Which ingredients make the best model, chosen on images held out of the training ones?",
  minutes: 20,
  data: "camvid, held out",
  base: { ...short, steps: 400, warmup: 40, lr: 2e-4, crop: 192, stride: 192 },
  runs: {
    "patch-16": { variant: "Seg-T/16", pretrained: true },
    [run]: small,
    "patch-8-mask": { ...small, variant: "Seg-T-Mask/8" },
    "patch-8-fast": { ...small, lr: 4e-4 },
    "patch-8-average": { ...small, lr: 4e-4, ema: 0.99 },
  },
  trials: {
    "stride 96": { run, stride: 96 },
    "mirror image": { run, flip: true },
    "scales 0.75 1 1.25": { run, scales: [0.75, 1, 1.25] },
    "all of these": { run, stride: 96, flip: true, scales: [0.75, 1, 1.25] },
    "window 320": { run, window: 320 },
  },
  seeds: [1],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
