import { createHash, type Hash } from "node:crypto";
import type { RemoteFile } from "./listing.ts";

const CHUNK = 2 ** 20;

/** A file on the way: what is there of it, and the hash of that. */
export class PartialFile implements Disposable {
  readonly #disk: Deno.FsFile;
  readonly #file: RemoteFile;
  #digest: Hash;
  #length = 0;

  private constructor(disk: Deno.FsFile, file: RemoteFile) {
    this.#disk = disk;
    this.#file = file;
    this.#digest = digestOf(file);
  }

  /**
   * Opens the partial file at `path`, with what an earlier download left there. Only one process
   * has it at a time; others wait.
   */
  static async open(path: string, file: RemoteFile): Promise<PartialFile> {
    const partial = new PartialFile(await openLocked(path), file);
    for await (const bytes of chunksOf(partial.#disk)) {
      partial.#digest.update(bytes);
      partial.#length += bytes.length;
    }
    return partial;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes at the end. */
  async append(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length;) {
      start += await this.#disk.write(bytes.subarray(start));
    }
    this.#digest.update(bytes);
    this.#length += bytes.length;
  }

  /** Throws away what is there. */
  async clear(): Promise<void> {
    await this.#disk.truncate(0);
    await this.#disk.seek(0, Deno.SeekMode.Start);
    this.#digest = digestOf(this.#file);
    this.#length = 0;
  }

  /** The hash of what is there, as digits. */
  hash(): string {
    return this.#digest.copy().digest("hex");
  }

  /** Waits until the disk has all of it. */
  async sync(): Promise<void> {
    await this.#disk.sync();
  }

  [Symbol.dispose](): void {
    this.#disk.close();
  }
}

/** The hash of a file's bytes as the hub would give it; undefined where there is no such file. */
export async function hashOf(path: string, file: RemoteFile): Promise<string | undefined> {
  try {
    using disk = await Deno.open(path);
    const digest = digestOf(file);
    for await (const bytes of chunksOf(disk)) digest.update(bytes);
    return digest.digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Git hashes a file's length before its bytes. */
function digestOf({ size, hash }: RemoteFile): Hash {
  return hash.algorithm === "SHA-256"
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${size}\0`);
}

async function* chunksOf(disk: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  for (let count; (count = await disk.read(buffer)) !== null;) yield buffer.subarray(0, count);
}

/**
 * A lock is best effort, as some network drives have none; without it two processes spoil each
 * other's bytes, and the hash tells.
 */
async function openLocked(path: string): Promise<Deno.FsFile> {
  while (true) {
    const disk = await Deno.open(path, { read: true, write: true, create: true });
    await disk.lock(true).catch(() => {});
    // Who had the lock may have renamed or removed the file meanwhile.
    const named = await Deno.stat(path).catch(() => undefined);
    if (named?.ino === (await disk.stat()).ino) return disk;
    disk.close();
  }
}
