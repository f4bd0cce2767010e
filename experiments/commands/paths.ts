import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { DataPlaces } from "../../lib/sets/named.ts";

/** The repository's root folder. */
export const repository = fileURLToPath(new URL("../../", import.meta.url));

/**
 * A path as the user meant it: relative to where the command was typed, which `deno task` keeps in
 * INIT_CWD while it runs the command in the repository's root.
 */
export function userPath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/** Published data sets lie in the repository's data/; other paths are as the user meant them. */
export const dataPlaces: DataPlaces = {
  published: join(repository, "data"),
  base: userPath("."),
};
