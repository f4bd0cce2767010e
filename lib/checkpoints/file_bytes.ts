import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";
import type { ByteSource } from "./byte_source.ts";
import { unreadable } from "./unreadable.ts";

/** A read takes at most this much at a time: Node refuses 2 GiB and more. */
const MOST_AT_ONCE = 2 ** 30;

/** A file whose bytes are read at any place, so that a checkpoint is never held whole. */
export class FileBytes implements ByteSource, Disposable {
  readonly size: number;
  readonly #file: number;

  constructor(readonly path: string) {
    this.#file = opened(path);
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

/** Whether a path is a folder or a file; anything else, or nothing, is an error. */
export function isFolder(path: string): boolean {
  try {
    const found = statSync(path);
    // A pipe would be waited for, and a device has no end.
    if (found.isFile() || found.isDirectory()) return found.isDirectory();
  } catch (error) {
    throw unreadable(path, "a file or a folder", reason(path, error));
  }
  throw unreadable(path, "a file or a folder", "neither (a pipe, a socket or a device)");
}

/** Whether a path is a link that leads nowhere. */
export function isDangling(path: string): boolean {
  try {
    return !existsSync(path) && lstatSync(path).isSymbolicLink();
  } catch {
    return false; // nothing at all is there
  }
}

function opened(path: string): number {
  if (isFolder(path)) throw unreadable(path, "a file", "a folder");
  try {
    return openSync(path, "r");
  } catch (error) {
    throw unreadable(path, "a file that can be read", reason(path, error));
  }
}

/** Why the system did not give a file, in words. */
function reason(path: string, error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  switch (code) {
    case "ENOENT":
      return isDangling(path) ? `a link to ${readlinkSync(path)}, which is not there` : "none";
    case "ENOTDIR":
      return "a file where the path has a folder (ENOTDIR)";
    case "ELOOP":
      return "links that lead in a circle (ELOOP)";
    case "EACCES":
    case "EPERM":
      return `no permission to read it (${code})`;
    case "ENAMETOOLONG":
      return "a name that is too long (ENAMETOOLONG)";
    default:
      return message;
  }
}
