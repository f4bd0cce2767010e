import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { unreadable } from "./unreadable.ts";

/** A read takes at most this much at a time: Node refuses 2 GiB and more. */
const MOST_AT_ONCE = 2 ** 30;

/** A file whose bytes are read at any place, so that a checkpoint is never held whole. */
export class FileBytes implements Disposable {
  readonly size: number;
  readonly #file: number;

  constructor(readonly path: string) {
    this.#file = openSync(path, "r");
    this.size = fstatSync(this.#file).size;
  }

  /** `length` bytes from byte `start` on, in a buffer of their own. */
  read(start: number, length: number): Uint8Array<ArrayBuffer> {
    if (start + length > this.size) {
      const needs = `${length} bytes from byte ${start} on`;
      throw unreadable(this.path, needs, `a file of ${this.size}`);
    }
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const most = Math.min(length - filled, MOST_AT_ONCE);
      const count = readSync(this.#file, bytes, filled, most, start + filled);
      if (count === 0) throw unreadable(this.path, `${length} bytes`, `${filled}`);
      filled += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
