import { mkdir, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeAtomically, writeError, writeFully } from "../files.ts";
import { firstOf } from "../words.ts";
import { type ArchiveEntry, type ArchiveKind, cannotUnpack, type OnBytes } from "./archive.ts";
import { archiveEntries } from "./archive_entries.ts";

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
  readonly folder: string;
  readonly onBytes: OnBytes;
}

const SHOWN = 8;

/**
 * Unpacks the files of one archive that the rules name into `folder`, piece by piece. None at all
 * is a RangeError that says what the archive has instead.
 */
export async function unpack(options: UnpackOptions): Promise<void> {
  const { path, kind, rules, expected, folder, onBytes } = options;
  const write = entryWriter(path, folder);
  const tops = new Set<string>();
  let found = false;
  for await (const entry of archiveEntries(path, kind, onBytes)) {
    const [top, ...below] = entry.path.split("/");
    if (tops.size <= SHOWN) tops.add(below.length > 0 ? `${top}/` : top!);
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
function entryWriter(archive: string, folder: string) {
  const made = new Set<string>();
  return async (entry: ArchiveEntry, { from, to, convert }: FileRule) => {
    const path = join(folder, entry.path.replace(from, to));
    if (convert) {
      const bytes = await bytesOf(entry, archive);
      return await writeAtomically(path, await convert(bytes, `${entry.path} in ${archive}`));
    }
    if (!made.has(dirname(path))) {
      await mkdir(dirname(path), { recursive: true }).catch((cause) => {
        throw writeError(path, cause);
      });
      made.add(dirname(path));
    }
    await copy(entry, path, archive);
  };
}

/** Tells what fails apart: reading the archive or writing to the disk. */
async function copy(entry: ArchiveEntry, path: string, archive: string): Promise<void> {
  const file = await open(path, "wx").catch((cause) => {
    if (cause.code !== "EEXIST") throw writeError(path, cause);
    throw cannotUnpack(archive, "entries of different names", `${entry.path} twice`, cause);
  });
  let failed: Error | undefined;
  try {
    await entry.readTo(async (piece) => {
      try {
        await writeFully(file, piece);
      } catch (cause) {
        throw failed = writeError(path, cause);
      }
    });
  } catch (cause) {
    throw failed ?? damaged(entry, archive, cause);
  } finally {
    await file.close();
  }
}

const MAX_CONVERTED = 1 << 26; // bytes; label maps take far fewer

async function bytesOf(entry: ArchiveEntry, archive: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const keep = (piece: Uint8Array) => {
    pieces.push(piece.slice());
    size += piece.length;
    if (size <= MAX_CONVERTED) return Promise.resolve();
    return Promise.reject(new Error(`more than ${MAX_CONVERTED} bytes, too many for a label map`));
  };
  await entry.readTo(keep).catch((cause) => {
    throw damaged(entry, archive, cause);
  });
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function damaged(entry: ArchiveEntry, archive: string, cause: unknown): Error {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .replace(/^(TAR|ERR)_\w+: /, "").toLowerCase();
  const got = `"${reason}" at ${basename(entry.path)}; download it again`;
  return cannotUnpack(archive, "undamaged entries", got, cause);
}
