import { open } from "node:fs/promises";
import { type Entry, Reader, ZipReader } from "@zip.js/zip.js";
import { type ArchiveEntry, cannotUnpack, entryPath, notAFile, type OnBytes } from "./archive.ts";

type FileHandle = Awaited<ReturnType<typeof open>>;

/** The files of a zip archive in the order of its list, one at a time; checks each one's CRC. */
export async function* zipEntries(path: string, onBytes: OnBytes): AsyncGenerator<ArchiveEntry> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const zip = new ZipReader(new HandleReader(file, size), {
      useWebWorkers: false,
      checkCrc32: true,
      filenameValidation: "tolerant", // entryPath() looks at names, as it does for tar
    });
    let done = 0;
    for await (const entry of listed(zip, path)) {
      if (entry.symlink) throw notAFile(entry.filename, "link", path);
      if (!entry.directory) {
        yield {
          path: entryPath(entry.filename, path),
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

async function* listed(zip: ZipReader<FileHandle>, path: string): AsyncGenerator<Entry> {
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
