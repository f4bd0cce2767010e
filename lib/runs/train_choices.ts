import { z } from "zod";
import { availableThreads } from "../threads.ts";
import {
  classWeightsSchema,
  freezeSchema,
  labelSmoothingSchema,
  layerDecaySchema,
  sampleSchema,
  scheduleSchema,
  taskSchema,
} from "../train/choices.ts";
import { trainConfigSchema } from "../train/config.ts";
import type { StepReport } from "../train/train.ts";

/** What a training may choose; all that is not given follows from the data. */
export interface TrainChoices {
  /** Optimizer steps; 1000 if not given. */
  readonly steps?: number;
  /** Images in a batch; 8, or all if there are fewer, if not given. */
  readonly batch?: number;
  /** Batches in a step; 1 if not given. */
  readonly accumulate?: number;
  /** Side in pixels of the square crops that are learned from, and of the windows seen later. */
  readonly crop?: number;
  /**
   * The working size: the longer side in pixels that images are resized to, here and when the network is used;
   * null for their own size; the middle one of the training images, at most three crops, if not given.
   */
  readonly resize?: number | null;
  /** The highest learning rate. */
  readonly lr?: number;
  /** What is minimised: "ce" if not given, "ce+0.5*dice" …, as the command's --loss has it. */
  readonly loss?: string;
  /** A weight for each class, or "balanced": what is rare counts more; all alike if not given. */
  readonly classWeights?: "balanced" | readonly number[];
  /** The share of the truth in cross entropy that is spread over all classes; 0 if not given. */
  readonly labelSmoothing?: number;
  /** What stays as it begins: "encoder", or so many of its blocks and what is before them. */
  readonly freeze?: "encoder" | number;
  /** The rank of adapters of the encoder's attention, which learn in its place and are merged at the end. */
  readonly loraRank?: number;
  /** Adapters count loraAlpha / loraRank; 16 if not given. */
  readonly loraAlpha?: number;
  /** Each layer of the encoder learns so many times as fast as the next; 1 if not given. */
  readonly layerDecay?: number;
  /** How the learning rate falls; "poly" if not given. */
  readonly schedule?: "poly" | "cosine" | "constant" | "two-stage";
  /** "balanced": half of the crops show a class that is drawn; "shuffled" if not given. */
  readonly sample?: "shuffled" | "balanced";
  /**
   * What a network of queries learns to say: "panoptic" and "instance" of data that tells objects apart; "semantic" if
   * not given.
   */
  readonly task?: "semantic" | "instance" | "panoptic";
  /** What AdamW takes off the weights; 0.01 if not given. */
  readonly weightDecay?: number;
  /** Lowest and highest random factor of an image's size; [0.5, 2] if not given. */
  readonly scale?: readonly [number, number];
  /** Whether half of the images are mirrored; they are if not given. */
  readonly flip?: boolean;
  /** What happens to colours; "brightness-contrast" if not given. */
  readonly colour?: "photometric" | "brightness-contrast" | "none";
  /** Of first values, order and augmentation: the same seed gives the same network; 1 if not given. */
  readonly seed?: number;
  /** Threads, on which sums depend; as many as the processor has if not given. */
  readonly threads?: number;
  /** Hears of each step. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /** Hears what may be wrong, in words. */
  readonly onMessage?: (text: string) => void;
}

const callback = <F>() =>
  z.custom<F>((value) => typeof value === "function", { error: "needs a function" });

/** The shape of the choices, for schemas of all that a training takes. */
export const choiceShape = {
  steps: z.int().min(1).exactOptional(),
  batch: z.int().min(1).exactOptional(),
  accumulate: z.int().min(1).default(1),
  crop: z.int().min(1).exactOptional(),
  resize: z.int().min(1).nullable().exactOptional(),
  lr: z.number().positive().exactOptional(),
  loss: z.string().exactOptional(),
  classWeights: z.union([z.literal("balanced"), classWeightsSchema]).exactOptional(),
  labelSmoothing: labelSmoothingSchema.exactOptional(),
  freeze: freezeSchema.exactOptional(),
  loraRank: z.int().min(1).exactOptional(),
  loraAlpha: z.number().positive().exactOptional(),
  layerDecay: layerDecaySchema.exactOptional(),
  schedule: scheduleSchema.exactOptional(),
  sample: sampleSchema.exactOptional(),
  task: taskSchema.exactOptional(),
  weightDecay: z.number().min(0).exactOptional(),
  scale: z.tuple([z.number().positive(), z.number().positive()]).exactOptional(),
  flip: z.boolean().exactOptional(),
  colour: trainConfigSchema.shape.colour.exactOptional(),
  seed: z.int().min(0).default(1),
  threads: z.int().min(1).default(availableThreads),
  onStep: callback<NonNullable<TrainChoices["onStep"]>>().exactOptional(),
  onMessage: callback<NonNullable<TrainChoices["onMessage"]>>().exactOptional(),
};
