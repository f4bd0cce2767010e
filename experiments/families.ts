/**
 * Question: what do the families of transformer segmentation give on CamVid with an equal budget of
 * steps, and what do they cost? Segmenter and SETR's three heads on the same DeiT-Tiny encoder;
 * SegFormer-B0 and Semantic FPN, for which there are no ImageNet weights here, from random ones, and
 * Segmenter from random ones to compare them with. A third of accuracy_vs_speed's steps: PUP's 3×3
 * convolutions at 120² and its four auxiliary heads take 40 times what Segmenter's decoder takes.
 *
 * Command: deno task experiment families --data DIR --pretrained FILE
 *
 * Answer: in so few steps the encoder's weights decide, not the decoder. From DeiT-Tiny's all five
 * decoders end within 5 points of mIoU: SETR-Naive 0.62 and PUP 0.61, Segmenter's linear one 0.60, MLA
 * 0.58, and the Mask Transformer, which has most to learn from random numbers, 0.57. PUP takes five times
 * Naive's time for nothing here. From random weights the more a network has of convolution the faster it
 * learns: Semantic FPN 0.37, SegFormer-B0 0.30, Segmenter 0.18. SegFormer-B0 is the fastest of all.
 * One seed each: differences of a point or two mean little.
 */
import { SETR_PARAMWISE } from "../lib/families/setr/recipes.ts";
import accuracyVsSpeed from "./accuracy_vs_speed.ts";
import type { Experiment } from "../lib/runs/experiment.ts";

const setr = { pretrained: true, paramwise: SETR_PARAMWISE } as const;
/** Random weights need larger steps: after 100 of them SegFormer-B0 has 0.21 mIoU, at 2e-4 0.18. */
const random = { pretrained: false, lr: 1e-3, clip: 1 } as const;

const experiment: Experiment = {
  question: "What do Segmenter, SETR, SegFormer and Semantic FPN give on CamVid at equal steps?",
  minutes: 90,
  data: "camvid",
  base: { ...accuracyVsSpeed.base, steps: 450 },
  runs: {
    "segmenter-mask": { variant: "Seg-T-Mask/16", pretrained: true },
    "segmenter-linear": { variant: "Seg-T/16", pretrained: true },
    "setr-naive": { variant: "SETR-Naive-Tiny", ...setr },
    "setr-pup": { variant: "SETR-PUP-Tiny", ...setr },
    "setr-mla": { variant: "SETR-MLA-Tiny", ...setr },
    "segmenter-random": { variant: "Seg-T-Mask/16", ...random },
    "segformer-b0": { variant: "SegFormer-B0", ...random },
    "semantic-fpn-r18": { variant: "SemanticFPN-R18", ...random },
  },
  seeds: [1],
  published: [
    {
      run: "segmenter-mask",
      label: "Seg-T-Mask/16",
      mIoU: 38.1,
      source: "ADE20K, official README",
    },
    { run: "segformer-b0", label: "SegFormer-B0", mIoU: 37.4, source: "ADE20K, table 1" },
    {
      run: "setr-naive",
      label: "SETR-Naive",
      mIoU: 48.06,
      source: "ADE20K, ViT-L, official README",
    },
    { run: "setr-pup", label: "SETR-PUP", mIoU: 48.62, source: "ADE20K, ViT-L, official README" },
    { run: "setr-mla", label: "SETR-MLA", mIoU: 48.64, source: "ADE20K, ViT-L, official README" },
  ],
  smoke: accuracyVsSpeed.smoke,
  figures: accuracyVsSpeed.figures,
};

export default experiment;
