import { modelOf as networkOf } from "../../lib/models/architecture.ts";
import { variantOf } from "../../lib/models/variants.ts";
import type { Model } from "../../lib/nn/scores.ts";

/** One measurement: a network at a size, inference or a whole training step with AdamW. */
export interface Case {
  readonly name: string;
  readonly size: "tiny" | "small" | "base";
  readonly decoder: "linear" | "mask";
  readonly mode: "inference" | "train";
  /** Side of the square images in pixels. */
  readonly side: number;
  readonly batch: number;
  readonly classes: number;
}

const inference = {
  decoder: "mask",
  mode: "inference",
  side: 512,
  batch: 1,
  classes: 150,
} as const;
const train = { decoder: "linear", mode: "train", side: 128, batch: 8, classes: 150 } as const;

export const cases: readonly Case[] = [
  { ...inference, name: "inference Seg-T-Mask/16, 512², batch 1", size: "tiny" },
  { ...inference, name: "inference Seg-S-Mask/16, 512², batch 1", size: "small" },
  { ...inference, name: "inference Seg-B-Mask/16, 512², batch 1", size: "base" },
  { ...train, name: "training step Seg-T/16, 128², batch 8", size: "tiny" },
  { ...train, name: "training step Seg-S/16, 128², batch 8", size: "small" },
  { ...train, name: "training step Seg-B/16, 128², batch 8", size: "base" },
  {
    ...train,
    name: "training step Seg-T-Mask/16, 240², batch 8, 11 classes (CamVid)",
    size: "tiny",
    decoder: "mask",
    side: 240,
    classes: 11,
  },
];

/** What every contender answers a run with. */
export interface Timing {
  readonly ms: readonly number[];
  /** The loss of a training step, or the mean magnitude of the logits: contenders must agree. */
  readonly check: number;
  readonly peakMiB: number;
}

/** The network that a case measures. */
export function modelOf({ size, decoder, side, classes }: Case): Model {
  const letter = { tiny: "T", small: "S", base: "B" }[size];
  const variant = variantOf(`Seg-${letter}${decoder === "mask" ? "-Mask" : ""}/16`);
  return networkOf(variant.architecture({ classes, image: side, dropPath: 0, decoderDropout: 0 }));
}
