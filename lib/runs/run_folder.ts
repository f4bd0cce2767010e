import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readSafetensorsMetadata } from "../checkpoints/safetensors.ts";
import { readConfig } from "./run_files.ts";
import type { Config } from "./schemas.ts";

/**
 * Whether a folder is free for a run of this config, or holds it, finished or not. What would be lost
 * is refused: a run that is not resumed, one of another config, and files that are no run's.
 */
export async function claimFolder(
  folder: string,
  config: Config,
  resume: boolean,
): Promise<"new" | "unfinished" | "finished"> {
  const entries = existsSync(folder) ? await readdir(folder) : [];
  if (entries.length === 0) return "new";
  const fail = (needs: string, got: string, todo: string) => {
    throw new RangeError(`Cannot train into ${folder}: ${needs} needed, got ${got}; ${todo}`);
  };
  if (!entries.includes("config.json")) {
    fail("an empty folder or a run's", `one with ${entries[0]}`, "choose another folder");
  }
  const state = entries.includes("summary.json") ? "finished" : "unfinished";
  if (!resume) {
    const todo = state === "finished" ? "--resume leaves it as it is" : "--resume goes on with it";
    fail("an empty folder", `one with a run (${state})`, `${todo}; or remove the folder`);
  }
  const differences = differencesOf(await readConfig(folder), config);
  if (differences.length > 0) {
    fail(
      "the options that the run there began with",
      differences.join(", "),
      "give the same as before, or choose another folder",
    );
  }
  return state;
}

/** What resuming a run of so many steps means in a folder of this state, for the user. */
export async function resumption(
  folder: string,
  state: Awaited<ReturnType<typeof claimFolder>>,
  steps: number,
): Promise<string> {
  if (state === "new") return `Nothing to resume in ${folder}: a new run begins`;
  if (state === "finished") return `${folder} holds the finished run: left as it is`;
  const path = join(folder, "checkpoint.safetensors");
  if (!existsSync(path)) {
    return `${folder} holds no checkpoint yet: beginning at step 0 of ${steps}`;
  }
  const { steps: done } = await readSafetensorsMetadata(path);
  return `Going on with ${folder} at step ${done} of ${steps}`;
}

/** The options of `deno task train` by what they are in a config. */
const options: Readonly<Record<string, string>> = {
  data: "--data",
  preset: "--preset",
  variant: "--variant",
  pretrained: "--pretrained",
  steps: "--steps",
  batch: "--batch",
  accumulate: "--accumulate",
  crop: "--crop",
  lr: "--lr",
  checkpointEvery: "--checkpoint-every",
  seed: "--seed",
  threads: "--threads",
};

/** "--steps 200 in place of 100" for each option that differs; other settings where none does. */
function differencesOf(there: Config, wanted: Config): string[] {
  const keys = [...new Set([...Object.keys(there), ...Object.keys(wanted)])]
    .filter((key) => !isDeepStrictEqual(there[key], wanted[key]));
  const given = keys.filter((key) => key in options); // the others follow from these
  const text = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
  return (given.length > 0 ? given : keys).map((key) => {
    const name = options[key] ?? key;
    if (key === "pretrained") return `other weights by ${name}`; // a config has their hash
    return `${name} ${text(wanted[key]) ?? "not given"} in place of ${text(there[key]) ?? "none"}`;
  });
}
