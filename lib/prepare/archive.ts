import { open } from "node:fs/promises";
import { excerpt, printable } from "../words.ts";

/** A file in an archive, which is read before the next one is asked for, or not at all. */
export interface ArchiveEntry {
  /** The path in the archive, with slashes; `entryPath` has checked it. */
  readonly path: string;
  /** Its bytes as the archive states them, which need not be so. */
  readonly size: number;
  /** The bytes that it takes in a zip archive. */
  readonly packed?: number;
  /** Gives the contents to `write` piece by piece; rejects when they are damaged or cut off. */
  readTo(write: (piece: Uint8Array) => Promise<void>): Promise<void>;
}

/** How many bytes of the archive have been read so far. */
export type OnBytes = (done: number) => void;

/** The formats in which data sets are published; `json` is Pascal Context's trainval_merged.json. */
export type ArchiveKind = "zip" | "tar" | "tar.gz" | "json";

const KINDS: readonly (readonly [RegExp, ArchiveKind])[] = [
  [/\.zip$/i, "zip"],
  [/\.tar$/i, "tar"],
  [/\.(tar\.gz|tgz)$/i, "tar.gz"],
  [/\.json$/i, "json"],
];

const WORDS: Readonly<Record<ArchiveKind, string>> = {
  zip: "a zip archive",
  tar: "a tar archive",
  "tar.gz": "a tar archive compressed by gzip",
  json: "a JSON file",
};

const MAX_WORDS = 600; // characters; names in a message may be as long as the archive

const BLOCK = 512; // bytes of a tar header

/**
 * The format of an archive, where its name and its first bytes agree on it; otherwise an error that
 * says what the file is.
 */
export async function archiveKind(path: string): Promise<ArchiveKind> {
  const expected = KINDS.find(([ending]) => ending.test(path))?.[1];
  if (expected === undefined) {
    const needs = "a file that ends in .zip, .tar, .tar.gz, .tgz or .json";
    throw cannotUnpack(path, needs, "another name");
  }
  const start = await firstBytes(path, WORDS[expected]);
  const found = kindOf(start);
  if (found === expected) return expected;
  throw cannotUnpack(path, WORDS[expected], inWords(found, start));
}

function kindOf(start: Uint8Array): ArchiveKind | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return "tar.gz";
  const text = new TextDecoder().decode(start);
  if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06")) return "zip";
  if (/^\s*\{/.test(text)) return "json";
  return isTarHeader(start) ? "tar" : undefined;
}

/** Old tar files have no magic word, but all have the sum of the header's bytes in it. */
function isTarHeader(start: Uint8Array): boolean {
  if (start.length < BLOCK) return false;
  const stored = parseInt(new TextDecoder().decode(start.subarray(148, 156)), 8);
  const sum = start.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === stored;
}

function inWords(found: ArchiveKind | undefined, start: Uint8Array): string {
  if (found !== undefined) return `${WORDS[found]}; give the file the ending .${found}`;
  if (start.length === 0) return "an empty file; download it again";
  if (/^\s*</.test(new TextDecoder().decode(start))) {
    return "a web page, as a login or an error gives it; download the archive itself";
  }
  return "something else; download it again";
}

async function firstBytes(path: string, needs: string): Promise<Uint8Array> {
  const file = await open(path).catch((cause) => {
    const got = cause.code === "ENOENT" ? "no such file" : `${cause.code ?? cause}`;
    throw cannotUnpack(path, needs, got, cause);
  });
  try {
    if ((await file.stat()).isDirectory()) {
      throw cannotUnpack(path, needs, "a folder");
    }
    const { buffer, bytesRead } = await file.read(new Uint8Array(BLOCK), 0, BLOCK, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

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
  throw cannotUnpack(archive, needs, printable(JSON.stringify(name)));
}

/** The error about a link or a device in an archive, which no data set needs. */
export function notAFile(path: string, kind: string, archive: string): Error {
  return cannotUnpack(archive, "files and folders only", `${printable(path)}, a ${kind}`);
}

/** The error about an archive: what unpacking it needs and what it holds instead. */
export function cannotUnpack(path: string, needs: string, got: string, cause?: unknown): Error {
  const text = `Cannot unpack ${path}: it needs ${needs}, got ${excerpt(got, MAX_WORDS)}`;
  return new RangeError(text, { cause });
}
