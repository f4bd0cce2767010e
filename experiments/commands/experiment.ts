/** `deno task experiment`: runs an experiment of experiments/, or one of its runs. */
import type { Command } from "commander";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { namedData } from "../../lib/sets/named.ts";
import { describeExperiments, experimentNames, experimentOf } from "./catalogue.ts";
import { dataPlaces, repository, userPath } from "./paths.ts";
import { runExperiments } from "./run_experiment.ts";
import { main, newCommand, whole } from "./command.ts";
import { commandsOf, slurmScript } from "./job_list.ts";
import { print } from "./print.ts";
import { unfinishedJobs } from "./queue.ts";
import type { Request } from "./request.ts";

interface Options {
  readonly run?: string;
  readonly seed?: number;
  readonly threads?: number;
  readonly data?: string;
  readonly pretrained?: string;
  readonly results?: string;
  readonly resume?: true;
  readonly smoke?: true;
  readonly speeds?: true;
  readonly list?: true;
  readonly slurm?: true;
}

/** The command; its help lists the experiments. */
export async function experimentCommand(): Promise<Command> {
  return newCommand("experiment")
    .description(
      "Runs experiments: trains and evaluates their runs, measures their speeds against each other " +
        "and draws the figures. Several make a queue, which goes on where it was stopped.",
    )
    .argument("<names...>", "some of the experiments below, or all")
    .option("--run <name>", "only this run, without speeds and figures")
    .option("--seed <n>", "only this seed, without speeds and figures", whole(0))
    .option("--resume", "go on with what was stopped, and leave what is finished")
    .option("--smoke", "every part in seconds, without files: scenes, random weights, few steps")
    .option("--speeds", "only measure the speeds of the finished runs and draw the figures")
    .option("--list", "runs nothing: prints a command for each run that is not finished")
    .option("--slurm", "runs nothing: prints a job array of these commands, for sbatch")
    .option(
      "--data <name>",
      "CamVid's folder, or data of your own in its place, as for `train`",
      userData,
    )
    .option("--pretrained <file>", "ImageNet weights under timm's names, safetensors", userPath)
    .option("--threads <n>", "in place of the experiment's", whole(1))
    .option(
      "--results <folder>",
      "(default: results/, with --data of your own runs/experiments/, with --smoke a temporary one)",
      userPath,
    )
    .addHelpText("after", `\n${await describeExperiments()}`)
    .action(async (given: string[], options: Options) => {
      const { run, seed, threads, data, pretrained, smoke = false } = options;
      const names = given.includes("all") ? await experimentNames() : given;
      for (const name of names) await experimentOf(name);
      if (names.length > 1 && run !== undefined) {
        throw new RangeError(
          `Cannot run ${run} alone: one experiment needed, got ${names.join(", ")}`,
        );
      }
      const request: Request = {
        names,
        results: options.results ?? (smoke ? null : await resultsFor(data)),
        run: run ?? null,
        seed: seed ?? null,
        threads: threads ?? null,
        data: data ?? null,
        pretrained: pretrained ?? null,
        resume: options.resume ?? names.length > 1,
        smoke,
        speeds: options.speeds ?? false,
      };
      if (!options.list && !options.slurm) return await runExperiments(request);
      const commands = commandsOf(await unfinishedJobs(request), request);
      print(
        options.slurm
          ? slurmScript(commands, threads ?? await threadsOf(names))
          : commands.jobs.join("\n"),
      );
    });
}

/** The most threads that one of the experiments has. */
async function threadsOf(names: readonly string[]): Promise<number> {
  const experiments = await Promise.all(names.map(experimentOf));
  return Math.max(...experiments.map(({ base }) => base.threads));
}

/** Data in a folder or file as the user meant it; a name as it is. */
function userData(name: string): string {
  const path = userPath(name);
  return existsSync(path) ? path : name;
}

/** The published results are CamVid's. */
async function resultsFor(data: string | undefined): Promise<string> {
  const isPublished = data === undefined ||
    (await namedData(data, "val", dataPlaces)).name.startsWith("camvid");
  return join(repository, isPublished ? "results" : "runs/experiments");
}

if (import.meta.main) await main(await experimentCommand());
