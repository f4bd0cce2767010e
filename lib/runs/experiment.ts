import type { SavedConfig } from "../train/config.ts";

/** What a run decides: the seed comes from the experiment, the pretrained file from the command. */
export type RunConfig = Omit<SavedConfig, "seed" | "pretrained">;

/** One variation of the base. */
export interface Run extends Partial<RunConfig> {
  readonly variant: string;
  /** Whether the encoder begins with ImageNet weights. */
  readonly pretrained: boolean;
}

/** How many of the synthetic *scenes* are trained and measured on, and their side in pixels. */
export interface ScenesSize {
  readonly train: number;
  readonly val: number;
  readonly size: number;
}

/** The figures of an experiment, by the names of their files. */
export type FigureName = "accuracy_vs_speed" | "per_class_iou" | "training_curves" | "overlays";

/** An experiment as data: one question, and the runs that answer it. */
export interface Experiment {
  readonly question: string;
  /** How long all runs take on two cores. */
  readonly minutes: number;
  /** The data set that it is meant for; a size means *scenes*. */
  readonly data: "camvid" | ScenesSize;
  readonly base: Omit<RunConfig, "variant">;
  readonly runs: Readonly<Record<string, Run>>;
  readonly seeds: readonly number[];
  /** What the smoke form changes: every part runs, in seconds. */
  readonly smoke: Partial<RunConfig>;
  /** What is drawn of the finished runs into the experiment's results folder. */
  readonly figures: readonly FigureName[];
}
