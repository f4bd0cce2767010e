import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { lockFile } from "../file_lock.ts";
import type { RemoteFile } from "./listing.ts";

const CHUNK = 2 ** 20;

/** A file on the way: what is there of it, and the hash of that. */
export class PartialFile implements AsyncDisposable {
  readonly #disk: FileHandle;
  readonly #lock: Disposable;
  readonly #file: RemoteFile;
  #digest: Hash;
  #length = 0;

  private constructor(disk: FileHandle, lock: Disposable, file: RemoteFile) {
    this.#disk = disk;
    this.#lock = lock;
    this.#file = file;
    this.#digest = digestOf(file);
  }

  /**
   * Opens the partial file at `path`, with what an earlier download left there. Only one process
   * has it at a time; others wait. Without a lock two processes spoil each other's bytes, and the
   * hash tells.
   */
  static async open(path: string, file: RemoteFile): Promise<PartialFile> {
    const lock = await lockFile(`${path}.lock`);
    const flags = constants.O_RDWR | constants.O_CREAT;
    const disk = await open(path, flags).catch((error) => {
      lock[Symbol.dispose]();
      throw error;
    });
    const partial = new PartialFile(disk, lock, file);
    for await (const bytes of chunksOf(disk)) {
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
      const at = this.#length + start;
      const { bytesWritten } = await this.#disk.write(bytes, start, bytes.length - start, at);
      start += bytesWritten;
    }
    this.#digest.update(bytes);
    this.#length += bytes.length;
  }

  /** Throws away what is there. */
  async clear(): Promise<void> {
    await this.#disk.truncate(0);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disk.close();
    this.#lock[Symbol.dispose]();
  }
}

/** The hash of a file's bytes as the hub would give it; undefined where there is no such file. */
export async function hashOf(path: string, file: RemoteFile): Promise<string | undefined> {
  try {
    await using disk = await open(path, "r");
    const digest = digestOf(file);
    for await (const bytes of chunksOf(disk)) digest.update(bytes);
    return digest.digest("hex");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Git hashes a file's length before its bytes. */
function digestOf({ size, hash }: RemoteFile): Hash {
  return hash.algorithm === "SHA-256"
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${size}\0`);
}

async function* chunksOf(disk: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK);
  for (let from = 0;;) {
    const { bytesRead } = await disk.read(buffer, 0, CHUNK, from);
    if (bytesRead === 0) return;
    from += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
