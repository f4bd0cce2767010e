/**
 * Question: what does a smaller patch give where its embedding does not begin at random (Strudel et al.
 * 2021, table 3; Beyer et al. 2023, FlexiViT)? Patches of 8 and 32 pixels from DeiT-Tiny's of 16: begun at
 * random, resized bilinearly, resized by the pseudo-inverse; and 16 as it is.
 *
 * Command: deno task experiment patch_size --pretrained FILE
 *
 * Answer: not run yet.
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
