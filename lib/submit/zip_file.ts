import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";
import { writeError, writeFully } from "../files.ts";

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Entries have the first date that a zip file can hold, so that a second run gives the same bytes. */
const DATED = new Date(1980, 0, 1);

/**
 * Writes a zip file of entries as they come, keeping none; they are stored as they are, for PNGs,
 * which are compressed already. `path` gets the whole archive or stays as it was: until then its
 * bytes are in `path.partial`, which an error removes and the next run overwrites.
 */
export async function writeZip(path: string, entries: AsyncIterable<ZipEntry>): Promise<void> {
  const partial = `${path}.partial`;
  const file = await openPartial(path, partial);
  try {
    try {
      await addAll(entries, path, file);
    } finally {
      await file.close();
    }
    await rename(partial, path).catch((cause) => {
      throw writeError(path, cause);
    });
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/** A folder in the place of the file is an error now, before entries take hours to make. */
async function openPartial(path: string, partial: string): Promise<FileHandle> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    await mkdir(dirname(path), { recursive: true });
    return await open(partial, "w");
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Tells apart what fails: making an entry or writing it. */
async function addAll(
  entries: AsyncIterable<ZipEntry>,
  path: string,
  file: FileHandle,
): Promise<void> {
  const write = (piece: Uint8Array) => writeFully(file, piece);
  const zip = new ZipWriter(new WritableStream({ write }), {
    useWebWorkers: false,
    level: 0,
    lastModDate: DATED,
    extendedTimestamp: false,
    dataDescriptor: false, // some readers do not take them with stored entries
  });
  const guarded = <T>(writing: Promise<T>) =>
    writing.catch((cause) => {
      throw writeError(path, cause);
    });
  for await (const { name, bytes } of entries) {
    await guarded(zip.add(name, new Uint8ArrayReader(bytes)));
  }
  await guarded(zip.close());
  await guarded(file.sync());
}
