import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readConfig, readEnvironment, readMetrics, readSummary, runFolder } from "./run_files.ts";
import type { Environment, MetricsLine, Summary } from "./schemas.ts";
import { type TrainConfig, trainConfigSchema } from "../train/config.ts";
import type { Experiment } from "./experiment.ts";

/** A finished run as its results folder tells it. */
export interface FinishedRun {
  /** The run's name, with its seed where the run was finished with several. */
  readonly label: string;
  readonly folder: string;
  readonly config: TrainConfig;
  readonly summary: Summary;
  readonly environment: Environment;
  readonly metrics: readonly MetricsLine[];
}

/** The run in a results folder. */
export async function readRun(folder: string, label: string): Promise<FinishedRun> {
  return {
    label,
    folder,
    config: trainConfigSchema.parse(await readConfig(folder)),
    summary: await readSummary(folder),
    environment: await readEnvironment(folder),
    metrics: await readMetrics(folder),
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
      found.push(await readRun(runFolder(results, { experiment: name, run, seed }), label));
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
