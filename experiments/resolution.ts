/**
 * Question: which network bears another resolution in testing than in training (Xie et al. 2021, section
 * 3.1 and table 1c: position embeddings against Mix-FFN)? Segmenter, whose position embeddings are
 * resized, and SegFormer-B0, which has none: trained in crops of 160, tested in windows of 112 to 320.
 *
 * Command: deno task experiment resolution --pretrained FILE
 *
 * Answer: larger windows change nothing that three seeds could carry, for either: Segmenter 47.5 at its own
 * 160 pixels, 48.1 at 240, 47.7 at 320; SegFormer 18.8, 18.0 and 19.0. Smaller ones cost Segmenter 5.5 ± 1.1
 * points at 112 (of which a smaller view is a part: its twin from random weights, which knows little
 * to lose, loses 0.4) and SegFormer 1.1 ± 0.3. From random weights both are far from trained: what the
 * paper saw at the end of a training is open here.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { fromRandom, plain, short, smoke } from "./recipes/short.ts";

const experiment: Experiment = {
  question: "How do position embeddings and Mix-FFN bear windows of another size than the crops?",
  minutes: 25,
  data: "camvid",
  base: short,
  runs: {
    "segmenter": plain,
    "segmenter-random": { ...plain, ...fromRandom },
    "segformer": { variant: "SegFormer-B0", ...fromRandom },
  },
  trials: {
    "segmenter 112": { run: "segmenter", window: 112 },
    "segmenter 240": { run: "segmenter", window: 240 },
    "segmenter 320": { run: "segmenter", window: 320 },
    "segmenter-random 112": { run: "segmenter-random", window: 112 },
    "segmenter-random 240": { run: "segmenter-random", window: 240 },
    "segmenter-random 320": { run: "segmenter-random", window: 320 },
    "segformer 112": { run: "segformer", window: 112 },
    "segformer 240": { run: "segformer", window: 240 },
    "segformer 320": { run: "segformer", window: 320 },
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "Segmenter: larger windows help", better: "segmenter 320", than: "segmenter" },
    {
      claim: "Segmenter from random weights: larger windows help",
      better: "segmenter-random 320",
      than: "segmenter-random",
    },
    { claim: "SegFormer: larger windows help", better: "segformer 320", than: "segformer" },
  ],
  smoke,
  figures: ["scores", "overlays"],
};

export default experiment;
