import { unreadable } from "./unreadable.ts";

/** Bytes that are read at any place: a file's, or some that are in memory. */
export interface ByteSource {
  /** How errors call it: a path. */
  readonly path: string;
  /** How many bytes there are. */
  readonly size: number;
  /** `length` bytes from byte `start` on, in a buffer of their own. */
  read(start: number, length: number): Uint8Array<ArrayBuffer>;
}

/** A file that is in memory, `path` in errors. */
export function bytesInMemory(bytes: Uint8Array, path: string): ByteSource {
  return {
    path,
    size: bytes.length,
    read(start, length) {
      if (start + length > bytes.length) {
        const needs = `${length} bytes from byte ${start} on`;
        throw unreadable(path, needs, `a file of ${bytes.length}`);
      }
      return new Uint8Array(bytes.subarray(start, start + length)); // slice() of Node's Buffer copies nothing
    },
  };
}
