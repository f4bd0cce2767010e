/**
 * Question: what do overlapping windows, several scales and the mirror image give in testing (Strudel et
 * al. 2021, section 4.1)? One Segmenter, tested in six ways.
 *
 * Command: deno task experiment inference --pretrained FILE
 *
 * Answer: little, network by network: the mirror image adds 0.25 ± 0.08 points of mIoU (carried), windows
 * that overlap 0.3 ± 0.3, three scales 0.2 ± 0.1, all together 0.3 ± 0.2 (all open). After 150 steps a
 * network errs in ways that averaging does not mend; the paper's 0.7 points are those of a trained one.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const run = "segmenter";
const source = "Seg-T-Mask/16 on ADE20K: single scale, then multi-scale with flip";

const experiment: Experiment = {
  question: "What do the windows' stride, scales and the mirror image give in testing?",
  minutes: 20,
  data: "camvid",
  base: short,
  runs: { [run]: plain },
  trials: {
    "stride 120": { run, stride: 120 },
    "stride 80": { run, stride: 80 },
    "mirror image": { run, flip: true },
    "scales 0.75 1 1.25": { run, scales: [0.75, 1, 1.25] },
    "all of these": { run, stride: 80, flip: true, scales: [0.75, 1, 1.25] },
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "a stride of half a window helps", better: "stride 80", than: run },
    { claim: "the mirror image helps", better: "mirror image", than: run },
    { claim: "three scales help", better: "scales 0.75 1 1.25", than: run },
    { claim: "all together help", better: "all of these", than: run },
  ],
  published: [
    { run, label: "single scale", mIoU: 38.1, source },
    { run: "all of these", label: "multi-scale and flip", mIoU: 38.8, source },
  ],
  smoke,
  figures: ["scores", "overlays"],
};

export default experiment;
