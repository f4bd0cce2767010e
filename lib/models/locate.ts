import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { parseModelName } from "../hub/model_name.ts";
import { folderInCache } from "../hub/destination.ts";
import { hubSettings } from "../hub/settings.ts";
import { withRemedy } from "../remedy.ts";
import { readText } from "../text_file.ts";

/** What the config.json of a run says of itself, whatever its version. */
const runSchema = z.object({ schema: z.int(), experiment: z.string(), run: z.string() });

/**
 * The checkpoint that a name means: a path, the model.safetensors of a run's folder, or what
 * `downloadCheckpoint` put into the cache under a model id. A run that is not finished has no model
 * yet, only a checkpoint to go on from: it is a RangeError.
 */
export async function locateModel(name: string): Promise<string> {
  const path = existsSync(name) ? name : await cachedModel(name);
  if (path === undefined) throw notFound(name);
  const weights = join(path, "model.safetensors");
  if (existsSync(weights)) return weights;
  const folder = basename(path) === "checkpoint.safetensors" ? dirname(path) : path;
  if (await isRun(folder)) throw withoutModel(folder);
  return path;
}

function notFound(name: string): RangeError {
  const error = new RangeError(
    `Cannot find a model: a checkpoint, the folder of one or of a run, or the id of a downloaded ` +
      `model needed, got "${name}", which is not there`,
  );
  return looksLikeId(name) ? withRemedy(error, { kind: "download", model: name }) : error;
}

function withoutModel(folder: string): RangeError {
  const cannotUse = (got: string) =>
    new RangeError(`Cannot use the model of ${folder}: a finished run needed, got ${got}`);
  return existsSync(join(folder, "summary.json"))
    ? cannotUse("one without its model.safetensors, which version control leaves out; train again")
    : withRemedy(cannotUse("an unfinished one"), { kind: "finishRun" });
}

/** Whether a folder's config.json is a run's of Seglab; folders of published models have one too. */
async function isRun(folder: string): Promise<boolean> {
  const text = await readText(join(folder, "config.json")).catch(() => "null");
  try {
    return runSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

async function cachedModel(text: string): Promise<string | undefined> {
  if (!looksLikeId(text)) return undefined;
  const name = parseModelName(text);
  const folder = await folderInCache(hubSettings().cache, name, "main");
  const path = folder && join(folder, name.file ?? "");
  return path && existsSync(path) ? path : undefined;
}

/** `organisation/name`, as on the hub. */
function looksLikeId(text: string): boolean {
  return /^\w[\w.-]*(\/\w[\w.-]*)+$/.test(text);
}
