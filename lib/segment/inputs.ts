import { glob, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { IMAGE_FILE } from "../data/pairs.ts";

/**
 * The files that names mean, each once: an image, the images of a folder, or those that match a
 * pattern such as `photos/**\/*.jpg`; sorted within a name. Nothing at all is a RangeError.
 */
export async function listPictures(names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const name of names) {
    const files = await filesOf(name);
    if (files.length === 0) {
      throw new RangeError(
        `Cannot segment ${name}: an image, a folder of images or a pattern that matches some ` +
          `needed, got none`,
      );
    }
    files.forEach((file) => found.add(file));
  }
  return [...found];
}

async function filesOf(name: string): Promise<string[]> {
  const entry = await stat(name).catch(() => undefined);
  if (entry?.isFile()) return [name];
  const files = entry?.isDirectory()
    ? (await readdir(name)).map((file) => join(name, file))
    : await Array.fromAsync(glob(name));
  return files.filter((file) => IMAGE_FILE.test(file)).sort();
}
