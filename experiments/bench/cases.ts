import type { Architecture } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";

/**
 * One measurement of a network at a size: inference to logits of full size, what users run (a predictor
 * from an image to its classes), or a whole training step with AdamW.
 */
export interface Case {
  readonly name: string;
  /** The network, by its name in lib/families/registry.ts. */
  readonly variant: string;
  readonly mode: "inference" | "predict" | "train";
  /** Side of the square images in pixels. */
  readonly side: number;
  readonly batch: number;
  readonly classes: number;
  /** What a training step minimises; cross entropy, which PyTorch's side has, if not given. */
  readonly loss?: string;
  /** Whether PyTorch's side lacks it; it has it if not given. */
  readonly alone?: true;
  /** Whether the encoder is frozen in a training step; it learns if not given. */
  readonly frozen?: boolean;
}

const inference = { mode: "inference", side: 512, batch: 1, classes: 150 } as const;
const train = { mode: "train", side: 128, batch: 8, classes: 150 } as const;

export const cases: readonly Case[] = [
  { ...inference, name: "inference Seg-T-Mask/16, 512², batch 1", variant: "Seg-T-Mask/16" },
  { ...inference, name: "inference Seg-S-Mask/16, 512², batch 1", variant: "Seg-S-Mask/16" },
  { ...inference, name: "inference Seg-B-Mask/16, 512², batch 1", variant: "Seg-B-Mask/16" },
  { ...inference, name: "inference SegFormer-B0, 512², batch 1", variant: "SegFormer-B0" },
  { ...inference, name: "inference EoMT-S/16, 512², batch 1", variant: "EoMT-S/16" },
  { ...inference, name: "inference EoMT-B/16, 512², batch 1", variant: "EoMT-B/16" },
  { ...train, name: "training step Seg-T/16, 128², batch 8", variant: "Seg-T/16" },
  { ...train, name: "training step Seg-S/16, 128², batch 8", variant: "Seg-S/16" },
  { ...train, name: "training step Seg-B/16, 128², batch 8", variant: "Seg-B/16" },
  {
    ...train,
    name: "training step Seg-T-Mask/16, 240², batch 8, 11 classes (CamVid)",
    variant: "Seg-T-Mask/16",
    side: 240,
    classes: 11,
  },
  {
    ...train,
    name: "training step SegFormer-B0, 256², batch 4",
    variant: "SegFormer-B0",
    side: 256,
    batch: 4,
  },
  ...(["Seg-S-Mask/16", "EoMT-S/16"] as const).flatMap((variant): Case[] => [
    {
      ...train,
      name: `training step ${variant}, 320², batch 2, 11 classes, queries`,
      variant,
      side: 320,
      batch: 2,
      classes: 11,
      alone: true,
    },
    {
      ...train,
      name: `training step ${variant}, 512², batch 1, queries`,
      variant,
      side: 512,
      batch: 1,
      alone: true,
    },
  ]),
  {
    ...train,
    name: "training step Seg-T/16, 240², batch 8, 11 classes, ce",
    variant: "Seg-T/16",
    side: 240,
    classes: 11,
  },
  {
    ...train,
    name: "training step Seg-T/16, 240², batch 8, 11 classes, ce+dice",
    variant: "Seg-T/16",
    side: 240,
    classes: 11,
    loss: "ce+dice",
  },
  {
    ...train,
    name: "training step SegFormer-B0, 256², batch 4, ce+dice",
    variant: "SegFormer-B0",
    side: 256,
    batch: 4,
    loss: "ce+dice",
  },
];

/** What a GPU is measured by: sizes at which it has something to do, and four of them in three minutes. */
export const gpuCases: readonly Case[] = [
  { ...inference, name: "GPU inference Seg-S/16, 512², batch 1", variant: "Seg-S/16" },
  { ...inference, name: "GPU inference SegFormer-B0, 512², batch 1", variant: "SegFormer-B0" },
  {
    ...train,
    name: "GPU training step Seg-S/16, 512², batch 8",
    variant: "Seg-S/16",
    side: 512,
  },
  {
    ...train,
    name: "GPU training step SegFormer-B0, 512², batch 8",
    variant: "SegFormer-B0",
    side: 512,
  },
];

/** What every contender answers a run with. */
export interface Timing {
  readonly ms: readonly number[];
  /**
   * The mean magnitude of the logits, the mean class of a prediction, or the loss of a training step:
   * contenders that do the same must agree.
   */
  readonly check: number;
  readonly peakMiB: number;
}

/** The network that a case measures, without randomness. */
export function architectureOf({ variant, side, classes }: Case): Architecture {
  const use = { classes, image: side, dropPath: 0, decoderDropout: 0 };
  return variantOf(variant).architecture(use);
}
