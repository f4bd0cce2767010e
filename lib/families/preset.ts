import type { TrainConfig } from "../train/config.ts";

/** The part of a training config that a published recipe decides. */
export type Recipe = Readonly<
  Pick<
    TrainConfig,
    | "crop"
    | "batch"
    | "steps"
    | "optimizer"
    | "nesterov"
    | "lr"
    | "minLr"
    | "power"
    | "warmup"
    | "warmupRatio"
    | "lossMean"
    | "weightDecay"
    | "paramwise"
    | "clip"
    | "dropPath"
    | "decoderDropout"
    | "base"
    | "scale"
    | "flip"
    | "colour"
    | "normalization"
    | "maxClassShare"
    | "stride"
  >
>;

/** A published recipe for a data set, as plain data. */
export interface Preset {
  /** The data set's name, as `--data` and the folder in data/ have it, and its number of classes. */
  readonly data: "ade20k" | "pascal-context" | "cityscapes";
  readonly classes: number;
  /** The variants that were trained so; the first is meant where none is named. */
  readonly variants: readonly [string, ...string[]];
  /** The weights that training began from, in words. */
  readonly beginning: string;
  /** Whether the network is tested in windows of a crop, `stride` pixels apart, or on whole images. */
  readonly evaluation: "windows" | "whole images";
  readonly recipe: Recipe;
  /** What differs for some variants, by their names. */
  readonly exceptions: Readonly<Record<string, Partial<Recipe>>>;
}

/** mmseg's training pipeline, which all three papers use (Segmenter's segm/data/config/*.py). */
export const pipeline = {
  scale: [0.5, 2],
  flip: true,
  colour: "photometric",
  maxClassShare: 0.75,
} as const satisfies Partial<Recipe>;
