import type { Extent, Patch } from "./patch.ts";

/**
 * The pixels that Label Studio's brush has painted: the alpha of an RGBA image in the bits of
 * thi.ng's rle-pack. 32 bits say how many numbers there are, 5 how many bits a number has (less one),
 * 4 × 4 how many bits the four lengths of runs have (less one); then for each run a bit that says
 * whether one number is repeated or each is there, 2 which of the lengths it has, and the length less
 * one. What does not fill the image is a RangeError in words for its entry.
 */
export function brushPatch(bytes: Uint8Array, { width, height }: Extent): Patch {
  const bits = new Bits(bytes);
  const count = bits.read(32);
  const needed = 4 * width * height;
  if (count !== needed) {
    throw new RangeError(
      `brush strokes of ${count} numbers for ${width}×${height} pixels of 4 (${needed})`,
    );
  }
  const wordBits = bits.read(5) + 1;
  const lengthBits = [0, 1, 2, 3].map(() => bits.read(4) + 1);
  const covered = new Uint8Array(width * height);
  for (let at = 0; at < count;) {
    const repeated = bits.read(1) === 1;
    const end = at + 1 + bits.read(lengthBits[bits.read(2)]!);
    if (end > count) throw new RangeError(`brush strokes that end behind the image`);
    let value = repeated ? bits.read(wordBits) : 0;
    for (; at < end; at++) {
      if (!repeated) value = bits.read(wordBits);
      if (at % 4 === 3 && value > 0) covered[at >> 2] = 1;
    }
  }
  return { left: 0, top: 0, width, height, bits: covered };
}

/** Numbers of some bits each, the highest bit first. */
class Bits {
  #at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  read(count: number): number {
    if (this.#at + count > 8 * this.bytes.length) {
      throw new RangeError(`brush strokes that break off after ${this.bytes.length} bytes`);
    }
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      value = 2 * value + ((this.bytes[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }
}
