import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Experiment, type FinishedRun, finishedRuns } from "../../lib/runs/experiment.ts";
import { runFolder } from "../../lib/runs/run_files.ts";
import { spreadOf } from "../../lib/statistics.ts";
import { experimentOf } from "./catalogue.ts";
import type { Request } from "./request.ts";

/** A run of an experiment with a seed. */
export interface Job {
  readonly experiment: string;
  readonly run: string;
  readonly seed: number;
}

/** Each chosen run with each chosen seed of the chosen experiments, all of which can run. */
export async function chosenJobs(request: Request): Promise<Job[]> {
  const { names, run, seed, smoke } = request;
  const jobs: Job[] = [];
  for (const experiment of names) {
    const { runs, seeds } = await experimentOf(experiment);
    const all = Object.keys(runs);
    if (run !== null && !all.includes(run)) {
      throw new RangeError(
        `Cannot run a part of ${experiment}: one of ${all.join(", ")} needed, got "${run}"`,
      );
    }
    const chosen = run === null ? all : [run];
    requireWeights(chosen.filter((run) => runs[run]!.pretrained), request);
    const chosenSeeds = seed !== null ? [seed] : smoke ? seeds.slice(0, 1) : seeds;
    jobs.push(
      ...chosenSeeds.flatMap((seed) => chosen.map((run) => ({ experiment, run, seed }))),
    );
  }
  return jobs;
}

/** The chosen runs that are not finished. */
export async function unfinishedJobs(request: Request): Promise<Job[]> {
  const jobs = await chosenJobs(request);
  const { results } = request;
  return results === null ? jobs : jobs.filter((job) => !isDone(results, job));
}

function isDone(results: string, job: Job): boolean {
  return existsSync(join(runFolder(results, job), "summary.json"));
}

function requireWeights(needy: readonly string[], { pretrained, smoke }: Request): void {
  const isMissing = pretrained === null ? !smoke : !existsSync(pretrained);
  if (needy.length === 0 || !isMissing) return;
  throw new RangeError(
    `Cannot begin ${needy.join(", ")}: --pretrained FILE needed, an ImageNet-trained ViT under ` +
      `timm's names (model.safetensors of ` +
      `https://huggingface.co/timm/deit_tiny_patch16_224.fb_in1k), got ` +
      (pretrained === null ? "none" : `${pretrained}, which is not there`),
  );
}

/** How far a queue is when it comes to a job, and about how long the rest takes. */
export async function queueLine(jobs: readonly Job[], job: Job, results: string): Promise<string> {
  const rest = jobs.filter((job) => !isDone(results, job));
  let seconds = 0;
  for (const [experiment, own] of Map.groupBy(rest, ({ experiment }) => experiment)) {
    const definition = await experimentOf(experiment);
    const finished = await finishedRuns(results, experiment, definition);
    for (const { run } of own) seconds += secondsOf(run, definition, finished);
  }
  const { experiment, run, seed } = job;
  return `${
    jobs.length - rest.length
  } of ${jobs.length} runs are done; now ${experiment}/${run}, seed ${seed}; about ` +
    `${Math.ceil(seconds / 60)} minutes left`;
}

/** As long as its other seeds took; without any, its share of what the experiment's header says. */
function secondsOf(
  run: string,
  { minutes, runs, seeds }: Experiment,
  finished: readonly FinishedRun[],
): number {
  const same = finished.filter((other) => other.run === run);
  if (same.length > 0) return spreadOf(same.map(({ environment }) => environment.seconds)).mean;
  return 60 * minutes / (Object.keys(runs).length * seeds.length);
}
