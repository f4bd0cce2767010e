import { createReadStream } from "node:fs";
import { excerpt } from "../../words.ts";
import type { OnBytes } from "../archive.ts";

/** An object of one of the arrays that a JSON file's outermost object has. */
export interface JsonElement {
  /** The key of the array. */
  readonly array: string;
  readonly value: unknown;
}

const MAX_ELEMENT = 1 << 26; // bytes

// Bytes of JSON's marks; in UTF-8 no other character holds them. Braces differ by a bit from brackets.
const [QUOTE, BACKSLASH, OPEN, CLOSE, BRACE] = [0x22, 0x5c, 0x5b, 0x5d, 0x20] as const;

/**
 * The objects in the arrays of these keys, one by one in the file's order: for JSON files that are
 * longer than a string can be (trainval_merged.json has 590 MB), at the speed of a scan for brackets
 * and quotes; the objects themselves go through JSON.parse.
 */
export async function* jsonElements(
  path: string,
  arrays: readonly string[],
  onBytes: OnBytes,
): AsyncGenerator<JsonElement> {
  const scanner = new Scanner(path, arrays);
  let done = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
    yield* scanner.elements(piece);
    onBytes(done += piece.length);
  }
  scanner.end();
}

/** Where a scan is in the file: outside of all, at a key of the object, or in an array's elements. */
class Scanner {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #ended = false;
  /** The bytes of the key, or of the element, that is under way; undefined where none is. */
  #taken: Uint8Array[] | undefined;
  #size = 0;
  #array = "";

  constructor(readonly path: string, readonly arrays: readonly string[]) {}

  *elements(piece: Uint8Array): Generator<JsonElement> {
    let from = 0; // what is taken of this piece begins here
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#depth === 1) this.#array = String(this.#take(piece.subarray(from, i + 1)));
        }
      } else if (byte === QUOTE) {
        this.#inString = true;
        if (this.#depth === 1) from = this.#begin(i);
      } else if ((byte & ~BRACE) === OPEN) {
        if (this.#depth === 2 && this.arrays.includes(this.#array)) from = this.#begin(i);
        this.#depth++;
      } else if ((byte & ~BRACE) === CLOSE) {
        this.#depth--;
        if (this.#depth === 2 && this.#taken) {
          yield { array: this.#array, value: this.#take(piece.subarray(from, i + 1)) };
        }
        if (this.#depth <= 0) this.#close();
      }
    }
    if (this.#taken) this.#keep(piece.subarray(from));
  }

  /** Refuses a file that has no end. */
  end(): void {
    if (!this.#ended) throw this.#broken("the end of the file inside of it");
  }

  #begin(at: number): number {
    [this.#taken, this.#size] = [[], 0];
    return at;
  }

  #keep(bytes: Uint8Array): void {
    this.#taken!.push(bytes.slice());
    this.#size += bytes.length;
    if (this.#size > MAX_ELEMENT) throw this.#broken(`an element of over ${MAX_ELEMENT} bytes`);
  }

  #take(rest: Uint8Array): unknown {
    this.#keep(rest);
    const decoder = new TextDecoder();
    const text = this.#taken!.map((bytes) => decoder.decode(bytes, { stream: true })).join("");
    this.#taken = undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#broken(`${excerpt((cause as Error).message, 200)} in ${excerpt(text)}`);
    }
  }

  #close(): void {
    if (this.#ended || this.#depth < 0) throw this.#broken("more after its end");
    this.#ended = true;
  }

  #broken(got: string): SyntaxError {
    return new SyntaxError(`Cannot read ${this.path}: it needs one whole JSON object, got ${got}`);
  }
}
