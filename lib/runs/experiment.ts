import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fitting } from "../json.ts";
import { type TrainConfig, trainConfigSchema } from "../train/config.ts";
import type { RunRecipe } from "./recipes.ts";
import {
  type Environment,
  type MetricsLine,
  readConfig,
  readEnvironment,
  readMetrics,
  readSummary,
  readTrials,
  runFolder,
  type Summary,
  type TrialScores,
} from "./run_files.ts";

/** What a run decides: the seeds are the experiment's, the pretrained file whoever starts it gives. */
export type RunConfig = Omit<RunRecipe, "seed">;

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

/** CamVid with some of its classes as one, and the rest as the other. */
export interface ClassAgainstRest {
  readonly camvid: readonly string[];
  /** What the one class is called. */
  readonly as: string;
}

/** The figures of an experiment, by the names of their files. */
export type FigureName =
  | "scores"
  | "accuracy_vs_speed"
  | "per_class_iou"
  | "training_curves"
  | "overlays";

/** Another way to test a run's network, without training: what is not given is as in its own test. */
export interface Trial {
  /** Which run's network. */
  readonly run: string;
  /** Side of the square windows in pixels. */
  readonly window?: number;
  /** Distance of neighbouring windows in pixels. */
  readonly stride?: number;
  /** The factors of the image's size whose probabilities are averaged. */
  readonly scales?: readonly number[];
  /** Whether the probabilities of the mirror image are averaged with them. */
  readonly flip?: boolean;
}

/** A difference between two runs or trials that the answer speaks of. */
export interface Contrast {
  /** What is claimed, in words. */
  readonly claim: string;
  /** The run or trial that the claim says is better, and the other one. */
  readonly better: string;
  readonly than: string;
}

/** A number of a paper that stands beside ours. */
export interface PublishedScore {
  /** Which of our runs or trials it is the counterpart of; null where there is none. */
  readonly run: string | null;
  readonly label: string;
  /** In percent. */
  readonly mIoU: number;
  /** Where it stands, and in what its setting differs from ours. */
  readonly source: string;
}

/** An experiment as data: one question, and the runs that answer it. */
export interface Experiment {
  readonly question: string;
  /** How long all runs take on two cores. */
  readonly minutes: number;
  /**
   * The data set that it is meant for: CamVid; of CamVid's training images some to choose by and the
   * others to train on (`heldOut`); some of its classes as one against the rest; a size means *scenes*.
   */
  readonly data: "camvid" | "camvid, held out" | ClassAgainstRest | ScenesSize;
  readonly base: Omit<RunConfig, "variant">;
  readonly runs: Readonly<Record<string, Run>>;
  readonly seeds: readonly number[];
  /** Other tests of the runs' networks. */
  readonly trials?: Readonly<Record<string, Trial>>;
  readonly contrasts?: readonly Contrast[];
  /** Classes whose IoU stands beside the mIoU, with what a training costs. */
  readonly beside?: readonly string[];
  readonly published?: readonly PublishedScore[];
  /** The same question asked of other data, which runs along. */
  readonly then?: string;
  /** What the smoke form changes: every part runs, in seconds. */
  readonly smoke: Partial<RunConfig>;
  /** What is drawn of the finished runs into the experiment's results folder. */
  readonly figures: readonly FigureName[];
}

/** A finished run as its results folder tells it. */
export interface FinishedRun {
  /** The run's name, with its seed where the run was finished with several. */
  readonly label: string;
  readonly run: string;
  readonly folder: string;
  readonly config: TrainConfig;
  readonly summary: Summary;
  readonly environment: Environment;
  readonly metrics: readonly MetricsLine[];
  /** Its scores in other tests, by the trials' names. */
  readonly trials: TrialScores;
}

/** The config of a training in a results folder. */
async function trainConfigIn(folder: string): Promise<TrainConfig> {
  const needed = { needs: "the config of a training run" };
  return fitting(await readConfig(folder), join(folder, "config.json"), trainConfigSchema, needed);
}

/** The run in a results folder. */
async function readRun(folder: string, run: string, label: string): Promise<FinishedRun> {
  return {
    label,
    run,
    folder,
    config: await trainConfigIn(folder),
    summary: await readSummary(folder),
    environment: await readEnvironment(folder),
    metrics: await readMetrics(folder),
    trials: await readTrials(folder),
  };
}

/** The finished runs of an experiment, in its order of runs and then by seed. */
export async function finishedRuns(
  results: string,
  name: string,
  { runs }: Experiment,
): Promise<FinishedRun[]> {
  const found: FinishedRun[] = [];
  for (const run of Object.keys(runs)) {
    const seeds = await seedsOf(join(results, name), run);
    for (const seed of seeds) {
      const label = seeds.length > 1 ? `${run} (seed ${seed})` : run;
      found.push(await readRun(runFolder(results, { experiment: name, run, seed }), run, label));
    }
  }
  return found;
}

/** The seeds with which a run was finished; a summary is the last thing that a run writes. */
async function seedsOf(folder: string, run: string): Promise<number[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder))
    .filter((name) => name.startsWith(`${run}-s`) && /^\d+$/.test(name.slice(run.length + 2)))
    .filter((name) => existsSync(join(folder, name, "summary.json")))
    .map((name) => Number(name.slice(run.length + 2)))
    .sort((a, b) => a - b);
}
