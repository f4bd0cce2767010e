import { on, once } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Entry, Reader, ZipReader } from "@zip.js/zip.js";
import { Parser, type ReadEntry } from "tar";
import {
  type ArchiveEntry,
  type ArchiveKind,
  cannotUnpack,
  entryPath,
  notAFile,
  type OnBytes,
} from "./archive.ts";

/** The files of an archive, one at a time; damaged and cut-off archives are errors. */
export function archiveEntries(
  path: string,
  kind: Exclude<ArchiveKind, "json">,
  onBytes: OnBytes,
): AsyncGenerator<ArchiveEntry> {
  return kind === "zip" ? zipEntries(path, onBytes) : tarEntries(path, onBytes);
}

const FILE_TYPES: readonly string[] = ["File", "OldFile", "ContiguousFile"];
const FOLDER_TYPES: readonly string[] = ["Directory", "GNUDumpDir"];

/**
 * The files of a tar archive, with or without gzip, in its order, one at a time, through the parser of
 * `tar`: npm's own, which streams, knows the formats of all tars and of gzip, and touches no disk.
 */
async function* tarEntries(path: string, onBytes: OnBytes): AsyncGenerator<ArchiveEntry> {
  if (/\.tar$/i.test(path)) await checkEnd(path);
  const parser = new Parser({ strict: true });
  const stopped = new AbortController();
  let filled: ReadEntry | undefined; // the last one, read already or not
  parser.on("entry", (entry: ReadEntry) => {
    filled = entry.on("error", () => {}); // who reads it gets the error
  });
  parser.on("error", (error: Error) => filled?.destroy(error)); // or its reader waits for ever
  const entries = on(parser, "entry", { close: ["end"] });
  feed(parser, path, stopped.signal, onBytes).catch((error) => parser.emit("error", error));
  try {
    for await (const [entry] of entries as AsyncIterable<[ReadEntry]>) {
      if (FILE_TYPES.includes(entry.type)) yield fileOf(entry, path);
      else if (!FOLDER_TYPES.includes(entry.type)) {
        throw notAFile(entry.path, entry.type.replace(/(?!^)[A-Z]/g, " $&").toLowerCase(), path);
      }
      entry.resume(); // what was not read of it
    }
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw damagedTar(path, error as Error);
  } finally {
    stopped.abort();
  }
}

function fileOf(entry: ReadEntry, path: string): ArchiveEntry {
  return {
    path: entryPath(entry.path, path),
    size: entry.size,
    readTo: async (write) => {
      for await (const piece of entry) await write(piece);
    },
  };
}

async function feed(
  parser: Parser,
  path: string,
  signal: AbortSignal,
  onBytes: OnBytes,
): Promise<void> {
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) {
    if (signal.aborted) return;
    if (!parser.write(piece)) await once(parser, "drain", { signal });
    onBytes(done += piece.length);
  }
  parser.end();
}

/** A tar ends in blocks of zeros; the parser takes one that was cut between two files for whole. */
async function checkEnd(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(new Uint8Array(512), 0, 512, Math.max(0, size - 512));
    if (buffer.some((byte) => byte !== 0)) {
      throw damagedTar(path, new Error("no end of the archive"));
    }
  } finally {
    await file.close();
  }
}

function damagedTar(path: string, cause: Error): Error {
  const got = `${cause.message.replace(/^TAR_\w+: /, "").toLowerCase()}; download it again`;
  return cannotUnpack(path, "a whole, undamaged tar archive", got, cause);
}

/** The files of a zip archive in the order of its list, one at a time; checks each one's CRC. */
async function* zipEntries(path: string, onBytes: OnBytes): AsyncGenerator<ArchiveEntry> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const zip = new ZipReader(new HandleReader(file, size), {
      useWebWorkers: false,
      checkCrc32: true,
      filenameValidation: "tolerant", // entryPath() looks at names, as it does for tar
    });
    let done = 0;
    for await (const entry of listedIn(zip, path)) {
      if (entry.symlink) throw notAFile(entry.filename, "link", path);
      if (!entry.directory) {
        yield {
          path: entryPath(entry.filename, path),
          size: entry.uncompressedSize,
          packed: entry.compressedSize,
          readTo: async (write) => void await entry.getData(new WritableStream({ write })),
        };
      }
      onBytes(done += entry.compressedSize);
    }
    onBytes(size);
  } finally {
    await file.close();
  }
}

async function* listedIn(zip: ZipReader<FileHandle>, path: string): AsyncGenerator<Entry> {
  const entries = zip.getEntriesGenerator();
  while (true) {
    const next = await entries.next().catch((cause: Error) => {
      const got = `${cause.message.toLowerCase()}; where it is cut off, download it again`;
      throw cannotUnpack(path, "a whole zip archive", got, cause);
    });
    if (next.done) return;
    yield next.value;
  }
}

/** Reads a file in the pieces that zip.js asks for, several at once where it likes. */
class HandleReader extends Reader<FileHandle> {
  constructor(readonly file: FileHandle, override readonly size: number) {
    super(file);
  }

  override async readUint8Array(start: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - start)));
    for (let filled = 0; filled < bytes.length;) {
      const rest = bytes.length - filled;
      const { bytesRead } = await this.file.read(bytes, filled, rest, start + filled);
      if (bytesRead === 0) throw new RangeError(`${rest} bytes are missing at its end`);
      filled += bytesRead;
    }
    return bytes;
  }
}
