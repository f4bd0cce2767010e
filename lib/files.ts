import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";

/** What a file is written from: text, bytes, or bytes in pieces (an array or a generator). */
export type Contents = string | Uint8Array | Iterable<Uint8Array>;

/** In a folder that one process has for itself. */
export const LOCK = ".lock";

/** Partial files of this process, which go with it where it ends in the middle of a write. */
const partials = new Set<string>();
process.on("exit", () => {
  for (const path of partials) rmSync(path, { force: true });
});

/**
 * Writes a file so that `path` holds either its old or its new contents, never a part: the bytes go
 * to a hidden file of a name of its own in the same folder (created where it is missing), reach the
 * disk, and take the name by a rename. So the last of several writers wins, whole. A failure removes
 * the partial file, and `removePartials` what a killed process leaves.
 */
export async function writeAtomically(path: string, contents: Contents): Promise<void> {
  const partial = join(dirname(path), `.${randomBytes(8).toString("hex")}.partial`);
  partials.add(partial);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, "wx");
    try {
      for (const piece of piecesOf(contents)) await writeFully(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw writeError(path, error);
  } finally {
    partials.delete(partial);
  }
}

/**
 * Removes the partial files that killed processes left in a folder and below it, and that nobody has
 * written to for so many milliseconds. A folder inside that another process has locked stays.
 */
export async function removePartials(folder: string, idle = 0): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!existsSync(join(path, LOCK))) await removePartials(path, idle);
    } else if (/^\.[0-9a-f]{16}\.partial$/.test(entry.name)) {
      const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
      if (Date.now() - written >= idle) await rm(path, { force: true });
    }
  }
}

function piecesOf(contents: Contents): Iterable<Uint8Array> {
  if (typeof contents === "string") return [new TextEncoder().encode(contents)];
  return contents instanceof Uint8Array ? [contents] : contents;
}

/**
 * Writes all bytes to a file: `write` alone may take a part of what it is given, for example when more
 * than 2 GiB come at once.
 */
export async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const atMost = 2 ** 30;
  for (let start = 0; start < bytes.length;) {
    const { bytesWritten } = await file.write(bytes.subarray(start, start + atMost));
    start += bytesWritten;
  }
}

/** True of a path that is a folder, false of a file and of nothing. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

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

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "it needs free space on the disk, got a full one (ENOSPC); free some and run again",
  EDQUOT: "it needs free space in your quota, got a full one (EDQUOT); free some and run again",
  EFBIG: "it needs a file system and a limit that allow this size, got EFBIG; see ulimit -f",
  EACCES: "it needs permission to write in the folder, got EACCES; change it or the output folder",
  EPERM: "it needs permission to write in the folder, got EPERM; change it or the output folder",
  EROFS: "it needs a folder that can be written, got a read-only one (EROFS); choose another",
  ENOENT: "it needs a place where folders can be made, got none (ENOENT); choose another folder",
  ENAMETOOLONG: "it needs a shorter name, got one that the disk has no room for (ENAMETOOLONG)",
  EISDIR: "it needs the name of a file, got that of a folder (EISDIR); choose another name",
  ENOTDIR: "it needs a folder above it, got a file of that name (ENOTDIR); choose another name",
  EEXIST: "it needs a folder above it, got a file of that name (EEXIST); choose another name",
};

/** The error of a write to `path` that failed, with what to do about the system's reason. */
export function writeError(path: string, cause: unknown): Error {
  const { code, message } = cause as { code?: string; message: string };
  const what = advice[code ?? ""] ??
    `it needs its contents and a folder to write to, got ${message}`;
  return new Error(`Cannot write ${path}: ${what}. A file that was there before is unchanged.`, {
    cause,
  });
}
