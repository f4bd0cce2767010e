import { randomBytes } from "node:crypto";
import { type Dirent, existsSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
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

/** Writes a file so that it is whole or as before, as `writeWhole` does, from contents. */
export async function writeAtomically(path: string, contents: Contents): Promise<void> {
  await writeWhole(path, async (write) => {
    for (const piece of piecesOf(contents, path)) await write(piece);
  });
}

/** Appends bytes to a file that is being written, or writes them at a place in it. */
export type Write = (bytes: Uint8Array, at?: number) => Promise<void>;

/**
 * Writes a file so that `path` holds either its old or its new contents, never a part: `writing` gives
 * the bytes, which go to a hidden file of a name of its own in the same folder (created where it is
 * missing), reach the disk, and take the name by a rename. So the last of several writers wins, whole.
 * A folder in the place of the file is an error before anything is asked for; a failure of `writing`
 * is passed on. Both leave no partial file, and `removePartials` removes what a killed process leaves.
 */
export async function writeWhole(
  path: string,
  writing: (write: Write) => Promise<void>,
): Promise<void> {
  const partial = join(dirname(path), `.${randomBytes(8).toString("hex")}.partial`);
  const onDisk = <T>(step: Promise<T>) =>
    step.catch((cause) => {
      throw writeError(path, cause);
    });
  partials.add(partial);
  try {
    const file = await onDisk(openPartial(path, partial));
    try {
      await writing((bytes, at) => onDisk(writeFully(file, bytes, at)));
      await onDisk(file.sync());
    } finally {
      await file.close();
    }
    await onDisk(rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  } finally {
    partials.delete(partial);
  }
}

async function openPartial(path: string, partial: string): Promise<FileHandle> {
  if (await isFolder(path)) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
  await mkdir(dirname(path), { recursive: true });
  return await open(partial, "wx");
}

/**
 * Removes the partial files that killed processes left in a folder and below it, and that nobody has
 * written to for so many milliseconds. A folder inside that another process has locked stays.
 */
export async function removePartials(folder: string, idle = 0): Promise<void> {
  for (const entry of await removePartialsIn(folder, idle)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !existsSync(join(path, LOCK))) await removePartials(path, idle);
  }
}

/** `removePartials` of a folder alone, which may be anybody's; gives what is in it. */
export async function removePartialsIn(folder: string, idle: number): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory() || !/^\.[0-9a-f]{16}\.partial$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (Date.now() - written >= idle) await rm(path, { force: true });
  }
  return entries;
}

function* piecesOf(contents: Contents, path: string): Generator<Uint8Array> {
  if (typeof contents === "string") yield new TextEncoder().encode(contents);
  else if (contents instanceof Uint8Array) yield contents;
  else {
    try {
      yield* contents;
    } catch (cause) {
      throw writeError(path, cause);
    }
  }
}

/**
 * Writes all bytes to a file, at its end or at a place in it: `write` alone may take a part of what it is given, for example when more
 * than 2 GiB come at once.
 */
export async function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  at?: number,
): Promise<void> {
  const atMost = 2 ** 30;
  for (let start = 0; start < bytes.length;) {
    const piece = bytes.subarray(start, start + atMost);
    const place = at === undefined ? null : at + start;
    const { bytesWritten } = await file.write(piece, 0, piece.length, place);
    start += bytesWritten;
  }
}

/** True of a path that is a folder, false of a file and of nothing. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
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
