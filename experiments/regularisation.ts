/**
 * Question: what do dropout and stochastic depth in the encoder do to a Segmenter (Strudel et al. 2021,
 * table 2)? Both off, each alone at 0.1, and both.
 *
 * Command: deno task experiment regularisation --pretrained FILE
 *
 * Answer: as the paper has it, dropout hurts, here by 12.6 ± 1.5 points of mIoU (36.5 against 49.1), beside
 * stochastic depth as well (35.9 against 47.5). Whether stochastic depth helps is open: −1.6 ± 2.3 points
 * in 150 steps, where the paper's 0.4 points of 160,000 could not show.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const dropout = { encoder: { dropout: 0.1 } };
const source = "Seg-S/16 on ADE20K, table 2";

const experiment: Experiment = {
  question: "What do dropout and stochastic depth do to a Segmenter's encoder?",
  minutes: 20,
  data: "camvid",
  base: short,
  runs: {
    "none": { ...plain, dropPath: 0 },
    "drop-path": plain,
    "dropout": { ...plain, dropPath: 0, network: dropout },
    "both": { ...plain, network: dropout },
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "stochastic depth helps", better: "drop-path", than: "none" },
    { claim: "dropout hurts", better: "none", than: "dropout" },
    { claim: "dropout hurts beside stochastic depth too", better: "drop-path", than: "both" },
  ],
  published: [
    { run: "none", label: "no regularisation", mIoU: 45.01, source },
    { run: "drop-path", label: "stochastic depth 0.1", mIoU: 45.37, source },
    { run: "dropout", label: "dropout 0.1", mIoU: 42.02, source },
    { run: "both", label: "both 0.1", mIoU: 42.3, source },
  ],
  smoke,
  figures: ["scores", "training_curves", "overlays"],
};

export default experiment;
