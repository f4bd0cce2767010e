import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFolder, writeError } from "./files.ts";

/**
 * Fills a folder with what is only of use whole: `filling` gets another folder on the same disk, whose
 * contents then take their place. What is there already stays, but for files of the same names, which
 * are replaced; a folder that is not there takes its place at once. A failure leaves nothing, and what
 * a killed process left the next one removes, so only one at a time may do this (`takeLock`).
 */
export async function fillFolder(
  folder: string,
  filling: (partial: string) => Promise<void>,
): Promise<void> {
  const place = await realpath(folder).catch(() => folder); // a link may lead to another disk
  const [beside, inside] = [`${place}.partial`, join(place, ".partial")];
  const clear = async () => {
    for (const path of [beside, inside]) await rm(path, { recursive: true, force: true });
  };
  try {
    await clear();
    // A disk may end where a folder that is there begins.
    const partial = existsSync(place) ? inside : beside;
    await filling(partial);
    if (existsSync(partial)) await moveInto(partial, place);
  } finally {
    await clear();
  }
}

async function moveInto(from: string, to: string): Promise<void> {
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
