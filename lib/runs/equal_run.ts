import { existsSync } from "node:fs";
import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { foldersIn } from "../listing.ts";
import {
  type Config,
  readConfig,
  readSummary,
  type Summary,
  writeConfig,
  writeSummary,
} from "./run_files.ts";

/** What a run's folder holds besides what tells its name, in the order in which a run writes it. */
const FILES = ["metrics.jsonl", "model.safetensors", "class_embeddings.json", "environment.json"];

/**
 * The folder of a finished run of any experiment in a results folder that differs from this config in its
 * names alone, and would give the same bytes; null where there is none with its weights.
 */
export async function equalRun(results: string, config: Config): Promise<string | null> {
  for (const experiment of await foldersIn(results)) {
    for (const name of await foldersIn(join(results, experiment))) {
      const folder = join(results, experiment, name);
      const isWhole = ["config.json", "summary.json", "model.safetensors"]
        .every((file) => existsSync(join(folder, file)));
      if (!isWhole || !name.endsWith(`-s${config.seed}`)) continue;
      const { experiment: _, run: __, ...theirs } = await readConfig(folder);
      const { experiment: ___, run: ____, ...ours } = config;
      if (isDeepStrictEqual(theirs, ours)) return folder;
    }
  }
  return null;
}

/** Makes `folder` the run of this config out of an equal one. */
export async function adoptRun(from: string, folder: string, config: Config): Promise<Summary> {
  const { experiment, run } = config;
  await writeConfig(folder, config);
  for (const file of FILES) {
    if (existsSync(join(from, file))) await copyFile(join(from, file), join(folder, file));
  }
  await cp(join(from, "images"), join(folder, "images"), { recursive: true });
  const summary = { ...await readSummary(from), experiment, run };
  await writeSummary(folder, summary);
  return summary;
}
