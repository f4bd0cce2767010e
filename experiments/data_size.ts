/**
 * Question: how many labelled images does a Segmenter need (Strudel et al. 2021, figure 6)? An eighth, a
 * quarter, half and all of CamVid's 367 training images, with equal steps.
 *
 * Command: deno task experiment data_size --pretrained FILE
 *
 * Answer: open. In 150 steps of 8 images an eighth of them gives what all give: 47.4, 47.8, 48.2 and 47.5,
 * each with a deviation of 1 to 3 points. So short a training does not wear 46 images out; the paper's
 * 160,000 steps do, and there 4,000 images are 7 points below 20,000.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const source = "Seg-S/16 on ADE20K, of 20,000 images";

const experiment: Experiment = {
  question: "What do 12, 25, 50 and 100 % of CamVid's training images give at equal steps?",
  minutes: 20,
  data: "camvid",
  base: short,
  runs: {
    "12-percent": { ...plain, dataShare: 0.125 },
    "25-percent": { ...plain, dataShare: 0.25 },
    "50-percent": { ...plain, dataShare: 0.5 },
    "100-percent": plain,
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "a quarter beats an eighth", better: "25-percent", than: "12-percent" },
    { claim: "half beats a quarter", better: "50-percent", than: "25-percent" },
    { claim: "all beat half", better: "100-percent", than: "50-percent" },
  ],
  published: [
    { run: "25-percent", label: "4,000 images", mIoU: 38.31, source },
    { run: "50-percent", label: "8,000 images", mIoU: 41.87, source },
    { run: "100-percent", label: "20,000 images", mIoU: 45.37, source },
  ],
  smoke: { ...smoke, dataShare: 0.5 },
  figures: ["scores", "training_curves", "overlays"],
};

export default experiment;
