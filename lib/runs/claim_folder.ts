import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readSafetensorsMetadata } from "../checkpoints/safetensors.ts";
import { isHidden } from "../listing.ts";
import { type Remedy, withRemedy } from "../remedy.ts";
import { type Config, readConfig } from "./run_files.ts";

/** What a run's folder holds. */
export type FolderState = "new" | "unfinished" | "finished";

/** What looking for a learning rate leaves in the folder of a run to come. */
const RATE_TEST = ["lr.json", "lr.svg", "lr.png"];

/**
 * Whether a folder is free for a run of this config, or holds it, finished or not. What would be lost
 * is refused: a run that is not resumed, one of another config, and files that are no run's.
 */
export async function claimFolder(
  folder: string,
  config: Config,
  resume: boolean,
): Promise<FolderState> {
  const all = existsSync(folder) ? await readdir(folder) : [];
  const entries = all.filter((name) => !isHidden(name) && !RATE_TEST.includes(name));
  if (entries.length === 0) return "new";
  const refuse = (needs: string, got: string, remedy: Remedy) =>
    withRemedy(new RangeError(`Cannot train into ${folder}: ${needs} needed, got ${got}`), remedy);
  if (!entries.includes("config.json")) {
    const got = `one with ${entries[0]}`;
    throw refuse("an empty folder or a run's", got, { kind: "otherFolder" });
  }
  const state = entries.includes("summary.json") ? "finished" : "unfinished";
  if (!resume) {
    throw refuse("an empty folder", `one with a run (${state})`, { kind: "resume", state });
  }
  const before = await readConfig(folder);
  const settings = differing(before, config);
  if (settings.length > 0) {
    const got = settings.map((key) => difference(key, before[key], config[key])).join(", ");
    const needs = "the settings that the run there began with";
    throw refuse(needs, got, { kind: "sameSettings", settings });
  }
  return state;
}

/** What resuming a run of so many steps means in a folder of this state, for the user. */
export async function resumption(
  folder: string,
  state: FolderState,
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

/** The settings that somebody chooses: the others in a run's config follow from these. */
const CHOSEN = [
  "data",
  "preset",
  "variant",
  "pretrained",
  "steps",
  "batch",
  "accumulate",
  "crop",
  "resize",
  "lr",
  "loss",
  "classWeights",
  "labelSmoothing",
  "checkpointEvery",
  "seed",
  "threads",
  "patience",
  "bestBy",
  "binary",
  "device",
  "ema",
  "freeze",
  "loraRank",
  "loraAlpha",
  "layerDecay",
  "schedule",
  "sample",
  "dropPath",
  "weightDecay",
  "flip",
  "extras",
  "exif",
];

/** Settings that change nothing of what comes out. */
const FREE = ["maxPixels"];

/** The settings that differ: those that are chosen, or the others where none of these does. */
function differing(before: Config, wanted: Config): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(wanted)])]
    .filter((key) => !FREE.includes(key) && !isDeepStrictEqual(before[key], wanted[key]));
  const chosen = keys.filter((key) => CHOSEN.includes(key));
  return chosen.length > 0 ? chosen : keys;
}

/** "steps 200 in place of 100" */
function difference(key: string, before: unknown, wanted: unknown): string {
  if (key === "pretrained") return "other pretrained weights"; // a config has their hash
  const text = (value: unknown) => typeof value === "string" ? value : JSON.stringify(value);
  return `${key} ${text(wanted) ?? "not given"} in place of ${text(before) ?? "none"}`;
}
