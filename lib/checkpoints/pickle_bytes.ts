import { unreadable } from "./unreadable.ts";

const PAGE = 1 << 16;
const MAX_TEXT = 1 << 26;
const MAX_INTEGER = 1 << 10; // bytes
const MAX_LINE = 1000;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where a pickle's bytes are: in a file at any place, or in memory. */
export interface ByteSource {
  readonly path: string;
  readonly size: number;
  read(start: number, length: number): Uint8Array;
}

/** Reads the operands of pickle opcodes one after the other, a page of the source at a time. */
export class PickleBytes {
  #page: Uint8Array = new Uint8Array();
  #pageStart = 0;

  constructor(readonly source: ByteSource, public position = 0) {}

  /** The next bytes, valid until the next call. */
  take(length: number): Uint8Array {
    const { path, size } = this.source;
    if (length > size - this.position) {
      const needs = `${length} more bytes of a pickle at byte ${this.position}`;
      throw unreadable(path, needs, `${size - this.position}`);
    }
    let start = this.position - this.#pageStart;
    if (start < 0 || start + length > this.#page.length) {
      const page = Math.min(Math.max(length, PAGE), size - this.position);
      this.#page = this.source.read(this.position, page);
      this.#pageStart = this.position;
      start = 0;
    }
    this.position += length;
    return this.#page.subarray(start, start + length);
  }

  uint8(): number {
    return this.take(1)[0]!;
  }

  uint16(): number {
    return this.#view(2).getUint16(0, true);
  }

  uint32(): number {
    return this.#view(4).getUint32(0, true);
  }

  int32(): number {
    return this.#view(4).getInt32(0, true);
  }

  /** A length; beyond 2^53 it is rounded, which no file is long enough to notice. */
  uint64(): number {
    return Number(this.#view(8).getBigUint64(0, true));
  }

  /** The one number that pickles hold with its first byte highest. */
  float64(): number {
    return this.#view(8).getFloat64(0, false);
  }

  /** Two's complement, lowest byte first; a number where that is exact. */
  integer(length: number): number | bigint {
    const bytes = this.take(this.#limited(length, MAX_INTEGER));
    if (length === 0) return 0;
    // Through text: to shift in byte after byte takes the square of the length.
    let digits = "0x";
    for (let i = length - 1; i >= 0; i--) digits += bytes[i]!.toString(16).padStart(2, "0");
    const signed = BigInt.asIntN(8 * length, BigInt(digits));
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  text(length: number): string {
    return utf8.decode(this.take(this.#limited(length, MAX_TEXT)));
  }

  /** Bytes in a buffer of their own. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return this.take(this.#limited(length, MAX_TEXT)).slice();
  }

  /** Text up to a line end: the names of modules and classes. */
  line(): string {
    const most = Math.min(MAX_LINE + 1, this.source.size - this.position);
    const start = this.position;
    const length = this.take(most).indexOf(0x0a);
    this.position = start;
    if (length < 0) this.#limited(most, MAX_LINE);
    const text = utf8.decode(this.take(length < 0 ? most : length));
    this.uint8(); // the line end, or the fault that there is none
    return text;
  }

  #view(length: number): DataView {
    const { buffer, byteOffset } = this.take(length);
    return new DataView(buffer, byteOffset, length);
  }

  #limited(length: number, most: number): number {
    if (length <= most) return length;
    const needs = `text and numbers of at most ${most} bytes in a pickle at byte ${this.position}`;
    throw unreadable(this.source.path, needs, `${length}`);
  }
}
