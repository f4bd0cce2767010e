import { existsSync, statSync } from "node:fs";
import { checkpointIn } from "../../lib/checkpoints/container.ts";
import { locateModel } from "../../lib/models/locate.ts";
import { userPath } from "./paths.ts";

/** The checkpoint that a user means: a path from where the command was typed, or a model id. */
export async function locatedModel(name: string): Promise<string> {
  const path = userPath(name);
  return await locateModel(existsSync(path) ? path : name);
}

/** The file to begin training from: itself, a run's model, or the one checkpoint in a folder. */
export async function pretrainedFile(path: string): Promise<string> {
  if (!existsSync(path)) {
    throw new RangeError(
      `Cannot begin from pretrained weights: a checkpoint needed, got no ${path}`,
    );
  }
  const located = statSync(path).isDirectory() ? await locateModel(path) : path;
  return statSync(located).isDirectory() ? await checkpointIn(located) : located;
}
