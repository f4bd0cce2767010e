/**
 * Zip archives, which PyTorch's and NumPy's files are, through zip.js: of the maintained libraries
 * the one that reads single entries from any byte source as they are asked for (fflate wants the
 * file in memory or from its beginning on). It inflates all that there is before it looks at the
 * size that it was told, so the system's zlib inflates here, to that size and no further.
 */
import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, type FileEntry, Reader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import type { FileBytes } from "./file_bytes.ts";
import { unreadable } from "./unreadable.ts";

const MAX_ENTRIES = 1 << 14; // a few a tensor; the library takes 14 kB of memory for each

/** The entries of a zip file, read one by one. */
export class Archive {
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(readonly file: FileBytes, entries: readonly Entry[]) {
    this.#entries = new Map(entries.map((entry) => [keyOf(entry.filename), entry]));
  }

  /** Reads the list of entries, which is at the file's end; the file stays open with the caller. */
  static async open(file: FileBytes): Promise<Archive> {
    const entries = await entriesOf(file);
    const archive = new Archive(file, entries);
    if (archive.#entries.size === entries.length) return archive;
    throw unreadable(file.path, "a zip archive of entries with different names", "two of one name");
  }

  /** Names of files, in the archive's order. */
  get names(): string[] {
    return [...this.#entries.values()].filter(({ directory }) => !directory)
      .map(({ filename }) => filename);
  }

  /** Uncompressed bytes of an entry, as it says; undefined if there is none of that name. */
  sizeOf(name: string): number | undefined {
    return this.#entries.get(keyOf(name))?.uncompressedSize;
  }

  /** The bytes of an entry, `atMost` so many, in a buffer of their own, checked against its CRC. */
  async read(name: string, atMost: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(keyOf(name));
    if (!entry || entry.directory) {
      throw unreadable(this.file.path, `an entry ${name} in its zip archive`, "none");
    }
    if (entry.uncompressedSize > atMost) {
      throw unreadable(
        this.file.path,
        `at most ${atMost} bytes in ${name}`,
        `${entry.uncompressedSize}`,
      );
    }
    try {
      return await contentsOf(entry);
    } catch (error) {
      throw unreadable(this.file.path, `an undamaged entry ${name}`, faultOf(error));
    }
  }
}

const STORED = 0;
const DEFLATED = 8;

/** An entry's bytes; more or fewer than it states and another CRC are errors. */
async function contentsOf(entry: FileEntry): Promise<Uint8Array<ArrayBuffer>> {
  const { compressionMethod, encrypted, uncompressedSize } = entry;
  if (encrypted || (compressionMethod !== STORED && compressionMethod !== DEFLATED)) {
    throw new RangeError(encrypted ? "an encrypted one" : `compression ${compressionMethod}`);
  }
  const raw = await entry.getData(new Uint8ArrayWriter(), { passThrough: true });
  const bytes = compressionMethod === STORED ? raw : inflated(raw, uncompressedSize);
  if (bytes.length !== uncompressedSize) {
    throw new RangeError(`${bytes.length} bytes of ${uncompressedSize}`);
  }
  if (crc32(bytes) !== entry.crc32) throw new RangeError("Invalid CRC32");
  return alone(bytes);
}

/** Deflated bytes as they were, which are at most so many. */
function inflated(deflated: Uint8Array, size: number): Uint8Array {
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.max(1, size), chunkSize: 1 << 16 });
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new RangeError(`more than the ${size} bytes that it states`);
  }
}

/** Bytes at the start of a buffer of their own: Node's may lie in one that others share. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === length;
  return new Uint8Array(isAlone ? buffer : bytes);
}

/** So that no name is text that is a number: see `KeyLimit`. */
function keyOf(name: string): string {
  return `/${name}`;
}

async function entriesOf(file: FileBytes): Promise<Entry[]> {
  const zip = new ZipReader(new FileReader(file), {
    useWebWorkers: false,
    checkCrc32: true,
    // An entry has its name twice; other readers look at the other one.
    checkLocalFilename: true,
  });
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.getEntriesGenerator()) {
      if (entries.push(entry) > MAX_ENTRIES) break;
    }
  } catch (error) {
    throw unreadable(file.path, "a whole zip archive", faultOf(error));
  }
  if (entries.length <= MAX_ENTRIES) return entries;
  throw unreadable(file.path, `a zip archive of at most ${MAX_ENTRIES} entries`, "more");
}

/** The library's words, with what it found of what could be read in two ways. */
function faultOf(error: unknown): string {
  const { message, reason } = error as { message: string; reason?: string };
  return reason === undefined ? message : `${message}: ${reason}`;
}

class FileReader extends Reader<FileBytes> {
  constructor(readonly file: FileBytes) {
    super(file);
    this.size = file.size;
  }

  override readUint8Array(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.file.size);
    return Promise.resolve(this.file.read(start, Math.max(0, end - start)));
  }
}
