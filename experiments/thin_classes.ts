/**
 * Question: which loss finds a class of 3 % of the pixels? CamVid's signs and poles against the rest, from
 * DeiT-Tiny; the F1 of a class is its Dice, 2 IoU / (1 + IoU).
 *
 * Command: deno task experiment thin_classes --pretrained FILE
 *
 * Answer: not run yet.
 */
import type { Experiment } from "../lib/runs/experiment.ts";
import { plain, short, smoke } from "./recipes/short.ts";

const experiment: Experiment = {
  question: "Which loss finds signs and poles, 3 % of the pixels, against all the rest?",
  minutes: 30,
  data: { camvid: ["sign", "pole"], as: "signs and poles" },
  base: { ...short, maxClassShare: 1 },
  runs: {
    "ce": plain,
    "balanced": { ...plain, classWeights: "balanced" },
    "ce-dice": { ...plain, loss: "ce+dice" },
    "focal": { ...plain, loss: "focal" },
    "threshold": { ...plain, binary: true },
    "lovasz": { ...plain, loss: "lovasz" },
  },
  seeds: [1, 2, 3],
  beside: ["signs and poles"],
  contrasts: [
    { claim: "balanced weights beat plain cross entropy", better: "balanced", than: "ce" },
    { claim: "cross entropy with Dice beats it", better: "ce-dice", than: "ce" },
    { claim: "the focal loss beats it", better: "focal", than: "ce" },
    {
      claim: "a threshold found on the validation images beats 0.5",
      better: "threshold",
      than: "ce",
    },
    { claim: "Lovász-softmax beats it", better: "lovasz", than: "ce" },
  ],
  smoke: { ...smoke, binary: false }, // scenes have more than two classes
  figures: ["scores", "per_class_iou", "training_curves", "overlays"],
};

export default experiment;
