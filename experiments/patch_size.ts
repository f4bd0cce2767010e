/**
 * Question: what does a smaller patch give where its embedding does not begin at random (Strudel et al.
 * 2021, table 3; Beyer et al. 2023, FlexiViT)? Patches of 8 and 32 pixels from DeiT-Tiny's of 16: begun at
 * random, resized bilinearly, resized by the pseudo-inverse; and 16 as it is.
 *
 * Command: deno task experiment patch_size --pretrained FILE
 *
 * Answer: a small patch pays as soon as its embedding is resized. With the pseudo-inverse patches of 8 have
 * 52.9 ± 2.1 points of mIoU, those of 16 47.5 ± 3.2 (+5.4 with a standard error of 2.2, where the paper
 * has +1.5), resized bilinearly 48.5 ± 0.2, begun at random 22.5 ± 0.9. For patches of 32 bilinear kernels are
 * better: 34.6 ± 1.3 against 30.5 ± 0.8 of the pseudo-inverse (4.1 ± 0.9), begun at random 18.4 ± 0.7. After
 * these 150 steps patches of 8 find 3.4 % of the poles, those of 16 1.0 %, those of 32 none.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const small = { variant: "Seg-T/8", pretrained: true } as const;
const large = { variant: "Seg-T/32", pretrained: true } as const;
const source = "Seg-B on ADE20K, table 3, each patch pretrained by itself";

const experiment: Experiment = {
  question: "What do patches of 8, 16 and 32 pixels give when DeiT-Tiny's embedding is resized?",
  minutes: 45,
  data: "camvid",
  base: short,
  runs: {
    "8-random": small,
    "8-bilinear": { ...small, patchResize: "bilinear" },
    "8-pseudo-inverse": { ...small, patchResize: "pseudo-inverse" },
    "16": plain,
    "32-random": large,
    "32-bilinear": { ...large, patchResize: "bilinear" },
    "32-pseudo-inverse": { ...large, patchResize: "pseudo-inverse" },
  },
  seeds: [1, 2, 3],
  beside: ["pole", "sign", "pedestrian"],
  contrasts: [
    { claim: "8 beats 16 when it is resized well", better: "8-pseudo-inverse", than: "16" },
    {
      claim: "8: the pseudo-inverse beats bilinear",
      better: "8-pseudo-inverse",
      than: "8-bilinear",
    },
    { claim: "8: the pseudo-inverse beats random", better: "8-pseudo-inverse", than: "8-random" },
    {
      claim: "32: the pseudo-inverse beats bilinear",
      better: "32-pseudo-inverse",
      than: "32-bilinear",
    },
    {
      claim: "32: the pseudo-inverse beats random",
      better: "32-pseudo-inverse",
      than: "32-random",
    },
    { claim: "16 beats 32", better: "16", than: "32-pseudo-inverse" },
  ],
  published: [
    { run: "8-pseudo-inverse", label: "Seg-B/8", mIoU: 49.54, source },
    { run: "16", label: "Seg-B/16", mIoU: 48.06, source },
    { run: "32-pseudo-inverse", label: "Seg-B/32", mIoU: 43.07, source },
  ],
  smoke,
  figures: ["scores", "accuracy_vs_speed", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
