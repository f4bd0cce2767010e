import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Experiment } from "../../lib/runs/experiment.ts";
import { repository } from "./paths.ts";

/** The names of the experiments: the files of experiments/. */
export async function experimentNames(): Promise<string[]> {
  const files = await readdir(join(repository, "experiments"));
  return files.filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3)).sort();
}

/** The experiment of a name; an unknown one is a RangeError that lists all. */
export async function experimentOf(name: string): Promise<Experiment> {
  const names = await experimentNames();
  if (!names.includes(name)) {
    throw new RangeError(
      `Cannot find an experiment: one of ${names.join(", ")} needed, got "${name}"`,
    );
  }
  const module: { default: Experiment } = await import(`../${name}.ts`);
  return module.default;
}

/** A line for each experiment: its name, question, minutes and runs. */
export async function describeExperiments(): Promise<string> {
  const lines = (await experimentNames()).map(async (name) => {
    const { question, minutes, runs } = await experimentOf(name);
    return `  ${name} (${minutes} minutes on 2 cores): ${question}\n` +
      `    runs: ${Object.keys(runs).join(", ")}`;
  });
  return `Experiments:\n${(await Promise.all(lines)).join("\n")}`;
}
