import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** What systems and programs leave in folders beside what a user put there. */
const LEFT_BEHIND: readonly RegExp[] = [
  /^\._/, // macOS: what a drive without room for it says of the file of that name
  /^\.DS_Store$/,
  /^__MACOSX$/, // the same of all files of a zip archive
  /^(eh)?thumbs\.db(:encryptable)?$/i,
  /^desktop\.ini$/i,
  /^\$RECYCLE\.BIN$/i,
  /^System Volume Information$/i,
  /^@eaDir$/, // Synology: small copies of pictures, under the pictures' names
];

/** Whether a system or a program left the file of this path, which nobody means even by its name. */
export function isLeftBehind(path: string): boolean {
  return path.split(sep).some((part) => LEFT_BEHIND.some((name) => name.test(part)));
}

/**
 * Whether a file or folder of this path, below a folder that is listed, is none of its contents: it or
 * a folder that it is in begins with a dot, or was left behind by a system.
 */
export function isHidden(path: string): boolean {
  return isLeftBehind(path) || path.split(sep).some((part) => /^\.(?!\.?$)/.test(part));
}

/** How to list a folder. */
export interface Listing {
  /** The files of the folders in it too, by their paths below `dir`. */
  readonly recursive: boolean;
}

/**
 * The files of a folder in the order of their paths, without hidden ones. Links are followed, to folders
 * too, but not back into a folder that the link is in; one to nothing counts as a file, so that who
 * reads it says what is wrong. A folder that cannot be read is the system's error.
 */
export async function listFiles(
  dir: string,
  { recursive }: Listing = { recursive: false },
): Promise<string[]> {
  const found: string[] = [];
  const list = async (folder: string, above: readonly string[]): Promise<void> => {
    const place = await realpath(folder);
    if (above.includes(place)) return;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (isHidden(entry.name)) continue;
      const target = entry.isFile() || entry.isDirectory() ? entry : await linked(path);
      if (!target?.isDirectory()) found.push(relative(dir, path));
      else if (recursive) await list(path, [...above, place]);
    }
  };
  await list(dir, []);
  return found.sort();
}

/** The names of the folders directly in a folder, in order; none where it is not there. */
export async function foldersIn(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return [];
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

async function linked(path: string) {
  return await stat(path).catch(() => undefined);
}
