import { Buffer } from "node:buffer";
import { mkdir, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeAtomically, writeError, writeFully } from "../files.ts";
import { excerpt, firstOf, printable } from "../words.ts";
import { type ArchiveEntry, type ArchiveKind, cannotUnpack, type OnBytes } from "./archive.ts";
import { archiveEntries } from "./archive_entries.ts";
import { type Limits, Meter } from "./limits.ts";

/** What becomes of the files of an archive whose path matches; the others are left out. */
export interface FileRule {
  readonly from: RegExp;
  /** The path below the data set's folder, with $& for what matches and $1 … for its groups. */
  readonly to: string;
  /** Makes the file's contents from the archive's; without it they are copied. */
  readonly convert?: (bytes: Uint8Array, name: string) => Promise<Uint8Array>;
}

/** One archive to unpack, and where to. */
export interface UnpackOptions {
  readonly path: string;
  readonly kind: Exclude<ArchiveKind, "json">;
  readonly rules: readonly FileRule[];
  /** What the rules name, in words. */
  readonly expected: string;
  readonly limits: Limits;
  readonly folder: string;
  readonly onBytes: OnBytes;
}

const SHOWN = 8;

/**
 * Unpacks the files of one archive that the rules name into `folder`, piece by piece. None at all
 * is a RangeError that says what the archive has instead.
 */
export async function unpack(options: UnpackOptions): Promise<void> {
  const { path, kind, rules, expected, limits, folder, onBytes } = options;
  const meter = new Meter(path, limits);
  const write = entryWriter(meter, folder);
  const tops = new Set<string>();
  let found = false;
  for await (const entry of archiveEntries(path, kind, onBytes)) {
    meter.begin(entry);
    const [top, ...below] = entry.path.split("/");
    if (tops.size <= SHOWN) tops.add(excerpt(below.length > 0 ? `${top}/` : top!));
    const rule = rules.find(({ from }) => from.test(entry.path));
    if (rule === undefined) continue;
    await write(entry, rule);
    found = true;
  }
  if (found) return;
  const list = firstOf([...tops], SHOWN) || "nothing";
  throw cannotUnpack(path, expected, `an archive with ${list} at its top`);
}

/** Writes entries below `folder`; remembers the folders that are there. */
function entryWriter(meter: Meter, folder: string) {
  const { archive } = meter;
  const made = new Set<string>();
  return async (entry: ArchiveEntry, { from, to, convert }: FileRule) => {
    const path = join(folder, entry.path.replace(from, to));
    if (convert) {
      const bytes = await bytesOf(entry, meter);
      const name = `${excerpt(entry.path, 200)} in ${archive}`;
      const contents = await convert(bytes, name);
      return await writeAtomically(path, contents).catch(({ cause }) => {
        throw unplaced(entry, path, archive, cause);
      });
    }
    if (!made.has(dirname(path))) {
      await mkdir(dirname(path), { recursive: true }).catch((cause) => {
        throw unplaced(entry, path, archive, cause);
      });
      made.add(dirname(path));
    }
    await copy(entry, path, meter);
  };
}

/** Tells what fails apart: reading the archive or writing to the disk. */
async function copy(entry: ArchiveEntry, path: string, meter: Meter): Promise<void> {
  const { archive } = meter;
  const file = await open(path, "wx").catch((cause) => {
    throw unplaced(entry, path, archive, cause);
  });
  let failed: Error | undefined;
  try {
    await entry.readTo(async (piece) => {
      try {
        meter.add(entry, piece.length);
      } catch (error) {
        throw failed = error as Error;
      }
      await writeFully(file, piece).catch((cause) => {
        throw failed = writeError(path, cause);
      });
    });
  } catch (cause) {
    throw failed ?? damaged(entry, archive, cause);
  } finally {
    await file.close();
  }
}

/** The error about an entry that the disk has no place for, by the archive's fault or the disk's. */
function unplaced(entry: ArchiveEntry, path: string, archive: string, cause: unknown): Error {
  const name = excerpt(entry.path, 200);
  switch ((cause as { code?: string } | undefined)?.code) {
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
      return cannotUnpack(archive, "entries of different names", `${name} twice`, cause);
    case "ENAMETOOLONG":
      return cannotUnpack(archive, "names that the disk has room for", name, cause);
    default:
      return writeError(path, cause);
  }
}

async function bytesOf(entry: ArchiveEntry, meter: Meter): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let failed: Error | undefined;
  const keep = (piece: Uint8Array) => {
    try {
      meter.add(entry, piece.length);
    } catch (error) {
      return Promise.reject(failed = error as Error);
    }
    pieces.push(piece.slice());
    return Promise.resolve();
  };
  await entry.readTo(keep).catch((cause) => {
    throw failed ?? damaged(entry, meter.archive, cause);
  });
  return Buffer.concat(pieces);
}

function damaged(entry: ArchiveEntry, archive: string, cause: unknown): Error {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .replace(/^(TAR|ERR)_\w+: /, "").toLowerCase();
  const got = `"${reason}" at ${printable(basename(entry.path))}; download it again`;
  return cannotUnpack(archive, "undamaged entries", got, cause);
}
