import { join } from "node:path";
import { Command } from "commander";
import { camvid } from "../../lib/data/camvid.ts";
import { completeRun, repository } from "../support/run.ts";
import type { Experiment } from "../support/experiment.ts";

const program = new Command("experiment")
  .argument("<name>")
  .option("--run <name>")
  .option("--seed <n>")
  .option("--threads <n>")
  .option("--resume")
  .option("--data <folder>")
  .option("--pretrained <file>")
  .option("--results <folder>", "", join(repository, "results"));
program.parse(Deno.args, { from: "user" });
const [name] = program.args;
const options = program.opts();
const experiment: Experiment = (await import(`../${name}.ts`)).default;
for (const [run, { pretrained, ...own }] of Object.entries(experiment.runs)) {
  if (options.run && options.run !== run) continue;
  const summary = await completeRun({
    results: options.results,
    experiment: name!,
    run,
    config: {
      ...experiment.base,
      ...own,
      seed: Number(options.seed ?? experiment.seeds[0]),
      threads: Number(options.threads ?? experiment.base.threads),
    },
    train: await camvid(options.data, "train"),
    val: await camvid(options.data, "val"),
    pretrained: pretrained ? options.pretrained : null,
    resume: Boolean(options.resume),
    pictures: 3,
  });
  console.log(run, summary.final, summary.perClass);
}
