import { existsSync } from "node:fs";
import { join } from "node:path";
import { balancedWeights, labelCounts } from "../data/class_balance.ts";
import type { Dataset } from "../data/dataset.ts";
import { shareOf } from "../data/part.ts";
import { laterDefaults } from "../families/recipe.ts";
import type { Listener } from "../progress.ts";
import { classWeightsSchema } from "../train/choices.ts";
import type { RunRecipe } from "./recipes.ts";
import { readConfig } from "./run_files.ts";

/** What the weights of a run's classes follow from. */
export interface BalanceTask extends Listener {
  readonly folder: string;
  readonly config: RunRecipe;
  readonly train: Dataset;
  readonly resume: boolean;
}

/**
 * The weights of a run's classes as numbers. Balanced ones are those in config.json where the run goes on,
 * or else follow from the labels of the images that it trains on.
 */
export async function classWeightsOf(task: BalanceTask): Promise<readonly number[] | null> {
  const { folder, config, train, resume, onMessage } = task;
  const { classWeights = laterDefaults.classWeights } = config;
  if (classWeights !== "balanced") return classWeights;
  if (resume && existsSync(join(folder, "config.json"))) {
    const kept = classWeightsSchema.safeParse((await readConfig(folder)).classWeights);
    if (kept.success) return kept.data;
  }
  const counts = await countsOf(task);
  const weights = balancedWeights(counts);
  const words = train.classes.map((name, i) => `${name} ${weights[i]}`).join(", ");
  onMessage?.(`Balanced class weights: ${words}`);
  return weights;
}

/** How many pixels each class has in the labels of the images that a run trains on. */
export async function countsOf({ config, train, onProgress }: BalanceTask): Promise<number[]> {
  const used = shareOf(train, config.dataShare ?? laterDefaults.dataShare, config.seed);
  const title = `counting the labels of ${used.name}`;
  return await labelCounts(used, (done) => {
    onProgress?.({ title, done, total: used.length, unit: "image" });
  });
}
