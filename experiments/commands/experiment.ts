/** `deno task experiment`: runs an experiment of experiments/, or one of its runs. */
import type { Command } from "commander";
import { join } from "node:path";
import { describeExperiments } from "./catalogue.ts";
import { repository, userPath } from "./paths.ts";
import { runExperiment } from "./run_experiment.ts";
import { main, newCommand, whole } from "./command.ts";

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
}

/** The command; its help lists the experiments. */
export async function experimentCommand(): Promise<Command> {
  const results = join(repository, "results");
  return newCommand("experiment")
    .description(
      "Runs an experiment: trains and evaluates its runs, measures their speeds against each other " +
        "and draws its figures.",
    )
    .argument("<name>", "one of the experiments below")
    .option("--run <name>", "only this run, without speeds and figures")
    .option("--seed <n>", "only this seed, without speeds and figures", whole(0))
    .option("--resume", "go on with what was stopped, and leave what is finished")
    .option("--smoke", "every part in seconds, without files: scenes, random weights, few steps")
    .option("--speeds", "only measure the speeds of the finished runs and draw the figures")
    .option("--data <folder>", "the data set (default: data/camvid)", userPath)
    .option("--pretrained <file>", "ImageNet weights under timm's names, safetensors", userPath)
    .option("--threads <n>", "in place of the experiment's", whole(1))
    .option("--results <folder>", "(default: results/, with --smoke a temporary one)", userPath)
    .addHelpText("after", `\n${await describeExperiments()}`)
    .action(async (name: string, options: Options) => {
      const { run, seed, threads, data, pretrained } = options;
      await runExperiment({
        name,
        results: options.results ?? (options.smoke ? null : results),
        run: run ?? null,
        seed: seed ?? null,
        threads: threads ?? null,
        data: data ?? null,
        pretrained: pretrained ?? null,
        resume: options.resume ?? false,
        smoke: options.smoke ?? false,
        speeds: options.speeds ?? false,
      });
    });
}

if (import.meta.main) await main(await experimentCommand());
