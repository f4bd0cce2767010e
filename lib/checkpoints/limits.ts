/**
 * What a checkpoint may hold, so that a file of a few bytes cannot ask for all memory or hours:
 * far beyond what networks of segmentation have, and tested by `tests/fuzz`.
 */

/** Tensors of one file. */
export const MAX_TENSORS = 1 << 16;

/** Characters of a tensor's name. */
export const MAX_NAME = 1000;

/**
 * Elements of all tensors and storages of a file of so many bytes. Tensors may share elements, a
 * stride of 0 repeats them, and a zip archive may be compressed.
 */
export function maxElements(fileSize: number): number {
  return 4 * fileSize + (1 << 20);
}

const MAX_EMPTY_SIDE = 1 << 20;

/**
 * What a shape lacks to be taken, if anything: the sides of a tensor without elements cost the file
 * nothing, and a network would be built of that width.
 */
export function shapeFault(shape: readonly number[]): [needs: string, got: string] | undefined {
  const isLong = shape.includes(0) && shape.some((side) => side > MAX_EMPTY_SIDE);
  if (!isLong) return undefined;
  return [`sides of at most ${MAX_EMPTY_SIDE} where there are no elements`, `[${shape}]`];
}

const MAX_KEY = 10_000;
const MAX_WEAK_KEYS = 1 << 13;

/**
 * Keys that a file puts into maps. V8 hashes text with a secret seed, but not numbers, not text that
 * is one (`"4294967295"`), and of text beyond 16,383 characters only the length: a file can choose
 * many of one hash, and each then takes as long as all before it together. So long texts are
 * refused, and of large numbers only so many are taken.
 */
export class KeyLimit {
  #weak = 0;

  constructor(readonly fault: (needs: string, got: string) => Error) {}

  /** Counts a key of one of the file's maps or sets. */
  take(key: unknown): void {
    if (typeof key === "string" && key.length > MAX_KEY) {
      throw this.fault(`keys of at most ${MAX_KEY} characters`, `one of ${key.length}`);
    }
    if (!isWeak(key) || ++this.#weak <= MAX_WEAK_KEYS) return;
    throw this.fault(`at most ${MAX_WEAK_KEYS} keys that are large numbers`, "more");
  }
}

function isWeak(key: unknown): boolean {
  switch (typeof key) {
    case "string":
      return key.length >= 7 && key.length <= 10 && /^\d+$/.test(key);
    case "number":
      return !Number.isInteger(key) || Math.abs(key) > 1 << 20;
    case "bigint":
      return true;
    default:
      return false;
  }
}

/** What a name of a tensor lacks to be taken, if anything. */
export function nameFault(name: string): [needs: string, got: string] | undefined {
  if (name.length > MAX_NAME) {
    return [`names of tensors of at most ${MAX_NAME} characters`, `one of ${name.length}`];
  }
  if (/\p{Cc}/u.test(name)) return ["names of tensors without control characters", name];
  return undefined;
}
