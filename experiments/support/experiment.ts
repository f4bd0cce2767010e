import type { TrainConfig } from "../../lib/train/config.ts";

/** What a run decides: the seed comes from the experiment, the pretrained file from the command. */
export type RunConfig = Omit<TrainConfig, "seed" | "pretrained">;

/** One variation of the base. */
export interface Run extends Partial<RunConfig> {
  readonly variant: string;
  /** Whether the encoder begins with ImageNet weights. */
  readonly pretrained: boolean;
}

/** An experiment as data: one question, and the runs that answer it. */
export interface Experiment {
  readonly question: string;
  /** How long all runs take on two cores. */
  readonly minutes: number;
  /** The data set that it is meant for. */
  readonly data: "scenes" | "camvid";
  readonly base: Omit<RunConfig, "variant">;
  readonly runs: Readonly<Record<string, Run>>;
  readonly seeds: readonly number[];
  /** What the smoke form changes: every part runs, in seconds, on *scenes*. */
  readonly smoke: Partial<RunConfig>;
}
