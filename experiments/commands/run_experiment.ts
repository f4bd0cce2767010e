import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { completeRun } from "../../lib/runs/complete_run.ts";
import { type Experiment, finishedRuns, type RunConfig } from "../../lib/runs/experiment.ts";
import { drawFigures } from "../../lib/runs/run_figures.ts";
import { runFolder } from "../../lib/runs/run_files.ts";
import { groupsOf } from "../../lib/runs/run_groups.ts";
import { runsTable } from "../../lib/runs/run_tables.ts";
import { measureSpeeds } from "../../lib/runs/speeds.ts";
import { completeTrials } from "../../lib/runs/trials.ts";
import { experimentOf } from "./catalogue.ts";
import { displaying } from "./command.ts";
import { experimentData } from "./experiment_data.ts";
import { repository } from "./paths.ts";
import { print } from "./print.ts";
import { chosenJobs, type Job, queueLine } from "./queue.ts";
import type { Request } from "./request.ts";
import { stoppable, Stopped } from "./stopping.ts";

const PICTURES = 3;

/**
 * Runs experiments, one after the other: all of their runs, then their trials, the speeds of all finished
 * runs against each other, and the figures; or one run alone. Prints the table of the finished runs and
 * where the figures are. A run that fails does not keep the next from running: all that failed is an
 * error in the end.
 */
export async function runExperiments(asked: Request): Promise<void> {
  const results = asked.results ?? await mkdtemp(join(tmpdir(), "seglab-results-"));
  const names = await withFollowers(asked);
  const request = { ...asked, names };
  const jobs = request.speeds ? [] : await chosenJobs(request);
  const failures: string[] = [];
  for (const name of request.names) {
    const own = jobs.filter(({ experiment }) => experiment === name);
    failures.push(...await runExperiment(name, request, results, own, jobs));
  }
  if (failures.length === 0) return;
  throw new Error(
    `Cannot finish ${failures.length} of ${jobs.length} runs; the others are done, and the same command ` +
      `with --resume tries these again:\n${failures.join("\n")}`,
  );
}

/** The experiments that are asked for, each with the one that runs along; a part of one runs alone. */
async function withFollowers({ names, run }: Request): Promise<readonly string[]> {
  const followed = await Promise.all(names.map(async (name) => {
    const { then } = await experimentOf(name);
    return then === undefined || run !== null ? [name] : [name, then];
  }));
  return [...new Set(followed.flat())];
}

async function runExperiment(
  name: string,
  request: Request,
  results: string,
  jobs: readonly Job[],
  all: readonly Job[],
): Promise<string[]> {
  const { smoke } = request;
  const experiment = await experimentOf(name);
  const val = await experimentData(experiment, "val", request.data, smoke);
  const failures = await trainRuns(jobs, all, request, experiment, results, val);
  await displaying(async ({ show: onProgress }) => {
    for (const run of await finishedRuns(results, name, experiment)) {
      await completeTrials(run, experiment.trials ?? {}, val, { onProgress });
    }
  });
  const runs = await finishedRuns(results, name, experiment);
  const whole = request.speeds || (request.run === null && request.seed === null);
  if (whole) {
    const threads = request.threads ?? experiment.base.threads;
    const often = smoke ? { images: 1, rounds: 1 } : { images: 4, rounds: 7 };
    await measureSpeeds(runs, val, { threads, ...often });
  }
  const groups = groupsOf(await finishedRuns(results, name, experiment), experiment);
  print(await runsTable(groups, val, experiment));
  if (whole) print((await drawFigures(results, name, experiment)).join("\n"));
  else print(`With all runs done: deno task experiment ${name} --speeds`);
  return failures;
}

async function trainRuns(
  jobs: readonly Job[],
  all: readonly Job[],
  request: Request,
  experiment: Experiment,
  results: string,
  val: Dataset,
): Promise<string[]> {
  if (jobs.length === 0) return [];
  const { data, smoke, resume } = request;
  const train = await experimentData(experiment, "train", data, smoke);
  const failures: string[] = [];
  for (const job of jobs) {
    const { run, seed } = job;
    const { pretrained, ...own } = experiment.runs[run]!;
    const config: RunConfig = {
      ...experiment.base,
      ...own,
      ...smoke ? experiment.smoke : {},
      ...request.threads === null ? {} : { threads: request.threads },
    };
    const id = { experiment: job.experiment, run, seed };
    try {
      await displaying((display) =>
        stoppable(async (stop) => {
          if (all.length > 1) display.say(await queueLine(all, job, results));
          return await completeRun({
            folder: runFolder(results, id),
            name: id,
            config: { ...config, seed },
            train,
            val,
            pretrained: pretrained ? request.pretrained : null,
            resume,
            experiments: results,
            // The first seed's pictures stand for all.
            pictures: seed === experiment.seeds[0] ? PICTURES : 0,
            repository,
            onProgress: display.show,
            onMessage: display.say,
            stop,
          });
        }, display.say)
      );
    } catch (error) {
      if (error instanceof Stopped || all.length === 1) throw error;
      failures.push(`${job.experiment}/${run}, seed ${seed}: ${(error as Error).message}`);
    }
  }
  return failures;
}
