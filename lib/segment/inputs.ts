import { glob, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { isPicture } from "../data/named_files.ts";
import { isHidden, isLeftBehind, listFiles } from "../listing.ts";
import { isResult } from "./outputs.ts";

/**
 * The files that names mean, each once: an image, the images of a folder, or those that match a
 * pattern such as `photos/**\/*.jpg`; sorted within a name. Hidden files and what an earlier
 * segmentation wrote are none of a folder's or a pattern's; pictures of formats that are not read are,
 * so that somebody hears of them. Nothing at all is a RangeError, which begins with `doing`.
 */
export async function listPictures(
  names: readonly string[],
  doing = "Cannot segment",
): Promise<string[]> {
  const found = new Map<string, string>();
  // A shell makes all names in a folder of a pattern, those that systems left behind too.
  const meant = names.filter((name) => !isLeftBehind(basename(name)));
  for (const name of meant.length > 0 ? meant : names) {
    const files = await filesOf(name);
    if (files.length === 0) {
      throw new RangeError(
        `${doing} ${name}: an image, a folder of images or a pattern that matches some ` +
          `needed, got none`,
      );
    }
    for (const file of files) {
      const place = resolve(file);
      if (!found.has(place)) found.set(place, file);
    }
  }
  return [...found.values()];
}

async function filesOf(name: string): Promise<string[]> {
  const entry = await stat(name).catch(() => undefined);
  if (entry?.isFile()) return isLeftBehind(basename(name)) ? [] : [name];
  const files = entry?.isDirectory()
    ? (await listFiles(name)).map((file) => join(name, file))
    : (await Array.fromAsync(glob(name))).filter((file) => !isHiddenIn(name, file));
  const pictures = files.filter(isPicture);
  const results = await Promise.all(pictures.map(isResult));
  return pictures.filter((_, i) => !results[i]).sort();
}

/** Whether a file that a pattern matches is hidden in the part of its path that the pattern leaves open. */
function isHiddenIn(pattern: string, file: string): boolean {
  const fixed = pattern.slice(0, pattern.search(/[*?[{]/)); // up to the first sign of a pattern
  return isHidden(relative(dirname(`${fixed}x`), file));
}
