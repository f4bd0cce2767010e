import { unreadable } from "./unreadable.ts";

/**
 * A file whose bytes are read at any place, so that a checkpoint is never held whole. Reads are
 * synchronous: the zip library asks for several ranges at once, and between a seek and its read
 * nothing may move the file's position.
 */
export class FileBytes implements Disposable {
  readonly size: number;
  readonly #file: Deno.FsFile;

  constructor(readonly path: string) {
    this.#file = Deno.openSync(path);
    this.size = this.#file.statSync().size;
  }

  /** `length` bytes from byte `start` on, in a buffer of their own. */
  read(start: number, length: number): Uint8Array<ArrayBuffer> {
    if (start + length > this.size) {
      const needs = `${length} bytes from byte ${start} on`;
      throw unreadable(this.path, needs, `a file of ${this.size}`);
    }
    const bytes = new Uint8Array(length);
    this.#file.seekSync(start, Deno.SeekMode.Start);
    for (let filled = 0; filled < length;) {
      const count = this.#file.readSync(bytes.subarray(filled));
      if (count === null) throw unreadable(this.path, `${length} bytes`, `${filled}`);
      filled += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
