import { byteSize, printable } from "../words.ts";
import { type ArchiveEntry, cannotUnpack } from "./archive.ts";

/** What an archive of a data set may hold at most, with room above what was published. */
export interface Limits {
  /** Bytes of one file. */
  readonly file: number;
  /** Bytes of all files together. */
  readonly total: number;
  /** Files and folders. */
  readonly entries: number;
}

/** Of a file that takes more than `FREE` bytes, how many may come of one byte of a zip archive. */
const RATIO = 200; // images are compressed already, and Cityscapes' polygons come to about 20
const FREE = 1 << 20;

/** Counts what comes out of an archive, and refuses what is too much of it as soon as it is. */
export class Meter {
  #entries = 0;
  #total = 0;
  #file = 0;

  constructor(readonly archive: string, readonly limits: Limits) {}

  /** Begins an entry; what it says of its size is looked at before anything is read. */
  begin({ path, size }: ArchiveEntry): void {
    const { entries, file } = this.limits;
    if (++this.#entries > entries) throw this.#tooMuch(`${entries} entries at most`, "more");
    if (size > file) throw this.#fileTooLarge(path, byteSize(size));
    this.#file = 0;
  }

  /** Counts bytes of the entry that was begun. */
  add({ path, packed }: ArchiveEntry, bytes: number): void {
    const { file, total } = this.limits;
    this.#file += bytes;
    this.#total += bytes;
    if (this.#file > file) throw this.#fileTooLarge(path, "more");
    if (this.#total > total) throw this.#tooMuch(`${byteSize(total)} at most`, "more");
    if (packed === undefined || this.#file <= Math.max(FREE, RATIO * packed)) return;
    const got = `more in ${printable(path)}`;
    throw this.#tooMuch(`files of at most ${RATIO} times what they take in the archive`, got);
  }

  #fileTooLarge(path: string, size: string): Error {
    const got = `${size} in ${printable(path)}`;
    return this.#tooMuch(`files of ${byteSize(this.limits.file)} at most`, got);
  }

  #tooMuch(needs: string, got: string): Error {
    return cannotUnpack(this.archive, `${needs}, as the data set has`, got);
  }
}
