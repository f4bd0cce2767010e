import { cannotUnpack } from "./cannot_unpack.ts";

/** A file in an archive, which is read before the next one is asked for, or not at all. */
export interface ArchiveEntry {
  /** The path in the archive, with slashes; `entryPath` has checked it. */
  readonly path: string;
  /** Gives the contents to `write` piece by piece; rejects when they are damaged or cut off. */
  readTo(write: (piece: Uint8Array) => Promise<void>): Promise<void>;
}

/** How many bytes of the archive have been read so far. */
export type OnBytes = (done: number) => void;

/**
 * A path of an archive with slashes between its parts; a RangeError where it leads out of the folder
 * that it is unpacked to.
 */
export function entryPath(name: string, archive: string): string {
  const path = name.replaceAll("\\", "/").replace(/^(\.\/+)+/, "");
  const outside = path.startsWith("/") || /^[a-z]:/i.test(path) || path.includes("\0") ||
    path.split("/").includes("..");
  if (!outside) return path;
  const needs = "entries that stay in the folder they are unpacked to";
  throw cannotUnpack(archive, needs, JSON.stringify(name));
}

/** The error about a link or a device in an archive, which no data set needs. */
export function notAFile(path: string, kind: string, archive: string): Error {
  return cannotUnpack(archive, "files and folders only", `${path}, a ${kind}`);
}
