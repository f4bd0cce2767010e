/**
 * Tar archives, through the parser of `tar`: npm's own, which streams, knows the formats of all tars
 * and of gzip, and touches no disk by itself.
 */
import { on, once } from "node:events";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Parser, type ReadEntry } from "tar";
import { type ArchiveEntry, cannotUnpack, entryPath, notAFile, type OnBytes } from "./archive.ts";

const FILES: readonly string[] = ["File", "OldFile", "ContiguousFile"];
const FOLDERS: readonly string[] = ["Directory", "GNUDumpDir"];

/** The files of a tar archive, with or without gzip, in its order, one at a time. */
export async function* tarEntries(path: string, onBytes: OnBytes): AsyncGenerator<ArchiveEntry> {
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
      if (FILES.includes(entry.type)) yield fileOf(entry, path);
      else if (!FOLDERS.includes(entry.type)) {
        throw notAFile(entry.path, entry.type.replace(/(?!^)[A-Z]/g, " $&").toLowerCase(), path);
      }
      entry.resume(); // what was not read of it
    }
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw damaged(path, error as Error);
  } finally {
    stopped.abort();
  }
}

function fileOf(entry: ReadEntry, path: string): ArchiveEntry {
  return {
    path: entryPath(entry.path, path),
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
    if (buffer.some((byte) => byte !== 0)) throw damaged(path, new Error("no end of the archive"));
  } finally {
    await file.close();
  }
}

function damaged(path: string, cause: Error): Error {
  const got = `${cause.message.replace(/^TAR_\w+: /, "").toLowerCase()}; download it again`;
  return cannotUnpack(path, "a whole, undamaged tar archive", got, cause);
}
