import { existsSync } from "node:fs";
import { locateModel } from "../../lib/segment/locate.ts";
import { userPath } from "./paths.ts";

/** The checkpoint that a user means: a path from where the command was typed, or a model id. */
export async function locatedModel(name: string): Promise<string> {
  const path = userPath(name);
  return await locateModel(existsSync(path) ? path : name);
}
