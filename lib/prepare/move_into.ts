import { mkdir, readdir, rename, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeError } from "../files.ts";
import { isFolder } from "../data/layout.ts";

/**
 * Moves a folder to where `to` says, on the same disk. What is there already stays, but for files of
 * the same names, which are replaced; a folder that is not there takes its place at once, whole.
 */
export async function moveInto(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await move(from, to);
  } catch (cause) {
    throw writeError(to, cause);
  }
}

async function move(from: string, to: string): Promise<void> {
  if (!await isFolder(from) || !await isFolder(to)) return await rename(from, to);
  for (const name of await readdir(from)) await move(join(from, name), join(to, name));
  await rmdir(from);
}
