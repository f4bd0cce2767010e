import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseModelName } from "../hub/model_name.ts";
import { folderInCache } from "../hub/destination.ts";
import { hubSettings } from "../hub/settings.ts";
import { configSchema } from "./schemas.ts";

/**
 * The checkpoint that a name means: a path, the model.safetensors of a run's folder, or what
 * `deno task download` put into the cache under a model id. A run that is not finished has no model
 * yet, only a checkpoint to go on from: it is a RangeError.
 */
export async function locateModel(name: string): Promise<string> {
  const path = existsSync(name) ? name : await cachedModel(name);
  if (path === undefined) {
    const advice = looksLikeId(name)
      ? `; if it is one, get it by \`deno task download ${name}\``
      : "";
    throw new RangeError(
      `Cannot find a model: a checkpoint, the folder of one or of a run, or the id of a downloaded ` +
        `model needed, got "${name}", which is not there${advice}`,
    );
  }
  const weights = join(path, "model.safetensors");
  if (existsSync(weights)) return weights;
  const folder = basename(path) === "checkpoint.safetensors" ? dirname(path) : path;
  if (await isRun(folder)) {
    const got = existsSync(join(folder, "summary.json"))
      ? `one without its model.safetensors, which version control leaves out; train again`
      : `an unfinished one; go on with it by \`deno task train\`, the same options and --resume`;
    throw new RangeError(`Cannot use the model of ${folder}: a finished run needed, got ${got}`);
  }
  return path;
}

/** Whether a folder's config.json is a run's of Seglab; folders of published models have one too. */
async function isRun(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "null");
  try {
    return configSchema.safeParse(JSON.parse(text)).success;
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
