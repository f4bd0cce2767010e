/**
 * Question: what do SETR's auxiliary heads give (Zheng et al. 2021, section 3.2)? SETR-Naive on DeiT-Tiny
 * with its three auxiliary losses, and without.
 *
 * Command: deno task experiment setr_auxiliary --pretrained FILE
 *
 * Answer: open. With three auxiliary losses 48.4, without 49.0; the difference of −0.6 ± 1.7 points of mIoU
 * carries neither claim in 150 steps.
 */
import { SETR_PARAMWISE } from "../lib/families/setr/recipes.ts";
import type { Experiment } from "../lib/runs/experiment.ts";
import { short, smoke } from "./recipes/short.ts";

const naive = { variant: "SETR-Naive-Tiny", pretrained: true, paramwise: SETR_PARAMWISE } as const;

const experiment: Experiment = {
  question: "What do SETR's auxiliary losses give?",
  minutes: 12,
  data: "camvid",
  base: short,
  runs: {
    "with": naive,
    "without": { ...naive, network: { auxiliary: [] } },
  },
  seeds: [1, 2, 3],
  contrasts: [{ claim: "auxiliary losses help", better: "with", than: "without" }],
  smoke,
  figures: ["scores", "training_curves", "overlays"],
};

export default experiment;
