import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseModelName } from "../hub/model_name.ts";
import { folderInCache } from "../hub/place.ts";
import { hubSettings } from "../hub/settings.ts";

/**
 * The checkpoint that a name means: a path, the model.safetensors of a run's folder, or what
 * `deno task download` put into the cache under a model id.
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
  return existsSync(weights) ? weights : path;
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
