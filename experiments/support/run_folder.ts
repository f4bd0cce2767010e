import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readConfig } from "../../lib/report/run.ts";
import type { Config } from "../../lib/report/schemas.ts";

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
  const differences = differencesOf(await readConfig(join(folder)), config);
  if (differences.length > 0) {
    fail(
      "the run of this very config",
      `another one's (${differences.join(", ")})`,
      "give the same options as before, or choose another folder",
    );
  }
  return state;
}

/** "steps 100 instead of 200" for each entry that differs. */
function differencesOf(there: Config, wanted: Config): string[] {
  const keys = [...new Set([...Object.keys(there), ...Object.keys(wanted)])];
  return keys.filter((key) => !isDeepStrictEqual(there[key], wanted[key]))
    .map((key) => `${key} ${JSON.stringify(there[key])} instead of ${JSON.stringify(wanted[key])}`);
}
