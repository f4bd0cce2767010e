import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { TrainConfig } from "../train/config.ts";
import { type Config, readConfig, readSummary, writeConfig } from "./run_files.ts";

/**
 * The config of a finished run in a folder that shall go on to a later step. Up to where it ended nothing
 * changes; from there on the learning rate is that of a run of the new length, while all else (warm-up,
 * validation) stays as it is. A run of this config from the beginning gives the same bytes.
 */
export async function longerConfig(
  folder: string,
  config: TrainConfig,
  steps: number,
): Promise<TrainConfig> {
  if (steps === config.steps) return config;
  const refuse = (needs: string, got: string) =>
    new RangeError(`Cannot go on with ${folder} to step ${steps}: ${needs} needed, got ${got}`);
  if (!existsSync(join(folder, "summary.json"))) {
    throw refuse("a finished run", `one on its way to step ${config.steps}: --resume finishes it`);
  }
  if (steps < config.steps) throw refuse("a later step than its last", `${config.steps}`);
  const { steps: last } = await readSummary(folder);
  if (last < config.steps) {
    throw refuse("a run that came to its end", `one that its patience ended after step ${last}`);
  }
  if (!existsSync(join(folder, "checkpoint.safetensors"))) {
    const got = "none: a new run can begin from its weights, --pretrained";
    throw refuse("its checkpoint", got);
  }
  return { ...config, steps, continued: [...config.continued ?? [], config.steps] };
}

/** Makes the finished run in a folder the unfinished beginning of a longer one of this config, if it is. */
export async function reopen(folder: string, config: Config): Promise<void> {
  const lengths = config.continued as TrainConfig["continued"] | undefined;
  if (!lengths || !existsSync(join(folder, "summary.json"))) return;
  const { steps: before, continued: earlier = [], ...others } = await readConfig(folder);
  const { steps: _, continued: __, ...wanted } = config;
  if (!isDeepStrictEqual(others, wanted)) return;
  if (!isDeepStrictEqual([...earlier as number[], before], lengths)) return;
  await rm(join(folder, "summary.json")); // first: without it the run is unfinished, whatever happens
  await writeConfig(folder, config);
}
