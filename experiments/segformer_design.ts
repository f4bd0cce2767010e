/**
 * Question: how wide does SegFormer's decoder have to be, and what does the reduction of keys cost (Xie et
 * al. 2021, tables 1b and section 3.1)? SegFormer-B0 with 64, 256 and 768 channels in the decoder, and
 * with all keys in place of every 64th, 16th, 4th. On *scenes* from random weights: there are no
 * ImageNet weights of a Mix Transformer here.
 *
 * Command: deno task experiment segformer_design
 *
 * Answer: 256 channels are enough, and the reduction of keys costs nothing. After 150 steps 64 channels have
 * 68.5 ± 0.5 points of mIoU, 256 have 70.8 ± 0.3 (+2.3 with a standard error of 0.3), 768 70.5 ± 0.9 (open).
 * With all keys it is 70.6 ± 0.2: a difference of −0.2 ± 0.2, open, for keys that take 64 times as many
 * products in the first stage.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { smallScenes, smoke } from "./recipes/short.ts";

const b0 = { variant: "SegFormer-B0", pretrained: false } as const;

const experiment: Experiment = {
  question: "What do SegFormer's decoder width and reduction of keys change?",
  minutes: 15,
  ...smallScenes,
  runs: {
    "width-64": { ...b0, network: { decoderDim: 64 } },
    "width-256": b0,
    "width-768": { ...b0, network: { decoderDim: 768 } },
    "all-keys": { ...b0, network: { reductions: [1, 1, 1, 1] } },
  },
  seeds: [1, 2, 3],
  contrasts: [
    { claim: "256 channels beat 64", better: "width-256", than: "width-64" },
    { claim: "768 channels beat 256", better: "width-768", than: "width-256" },
    { claim: "all keys beat reduced ones", better: "all-keys", than: "width-256" },
  ],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "training_curves", "overlays"],
};

export default experiment;
