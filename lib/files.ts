import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What a file is written from: text, bytes, or bytes in pieces (an array or a generator). */
export type Contents = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes a file so that `path` holds either its old or its new contents, never a part: the bytes go
 * to `path.partial` in the same folder (created where it is missing), reach the disk, and take the
 * name by a rename. A failure removes the partial file, and a killed process's is overwritten by the
 * next write. One writer a path at a time.
 */
export async function writeAtomically(path: string, contents: Contents): Promise<void> {
  const partial = `${path}.partial`;
  let opened = false;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, "w");
    opened = true;
    try {
      for (const piece of piecesOf(contents)) await writeFully(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    if (opened) await rm(partial, { force: true }).catch(() => {});
    throw writeError(path, error);
  }
}

/** Appends one JSON value and a line end to a file of JSON lines; makes the file and its folder. */
export async function appendLine(path: string, line: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "a");
    try {
      await writeFully(file, new TextEncoder().encode(JSON.stringify(line) + "\n"));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/**
 * The values of a file of JSON lines. A last line without a line end is what a killed process left
 * behind and is left out; any other line that is not JSON is a SyntaxError with its number.
 */
export async function readLines(path: string): Promise<unknown[]> {
  const complete = (await readFile(path, "utf8")).split("\n").slice(0, -1);
  return complete.map((text, index) => {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new SyntaxError(
        `Cannot read ${path}: line ${index + 1} needs to be JSON, got ${text.slice(0, 60)}`,
        { cause: error },
      );
    }
  });
}

/** Keeps the lines of a file of JSON lines that `keep` is true of; atomic like `writeAtomically`. */
export async function filterLines(path: string, keep: (line: unknown) => boolean): Promise<void> {
  const kept = (await readLines(path)).filter(keep);
  await writeAtomically(path, kept.map((line) => JSON.stringify(line) + "\n").join(""));
}

function piecesOf(contents: Contents): Iterable<Uint8Array> {
  if (typeof contents === "string") return [new TextEncoder().encode(contents)];
  return contents instanceof Uint8Array ? [contents] : contents;
}

/** `write` may take only a part of what it is given, for example when more than 2 GiB come at once. */
async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const atMost = 2 ** 30;
  for (let start = 0; start < bytes.length;) {
    const { bytesWritten } = await file.write(bytes.subarray(start, start + atMost));
    start += bytesWritten;
  }
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: "it needs free space on the disk, got a full one (ENOSPC); free some and run again",
  EDQUOT: "it needs free space in your quota, got a full one (EDQUOT); free some and run again",
  EFBIG: "it needs a file system and a limit that allow this size, got EFBIG; see ulimit -f",
  EACCES: "it needs permission to write in the folder, got EACCES; change it or the output folder",
  EPERM: "it needs permission to write in the folder, got EPERM; change it or the output folder",
  EROFS: "it needs a folder that can be written, got a read-only one (EROFS); choose another",
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
