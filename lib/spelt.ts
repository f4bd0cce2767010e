import { readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * A path as the disk spells it: a Mac may have written é as e and an accent, in names of files or in
 * the text that names them. Where there is nothing of that name it stays as it is.
 */
export async function asSpelt(path: string): Promise<string> {
  const folder = dirname(path);
  if (existsSync(path) || folder === path) return path;
  const above = await asSpelt(folder);
  const name = basename(path);
  const entries = await readdir(above).catch(() => []);
  const found = entries.find((entry) => entry.normalize() === name.normalize());
  return join(above, found ?? name);
}
