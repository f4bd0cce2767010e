import type { Colour } from "../../images/image.ts";

/** Colour i of Pascal VOC: the bits of i, three at a time, from the highest bit of each channel. */
export function vocColour(index: number): Colour {
  const channel = (offset: number) => {
    let value = 0;
    for (let bit = 0; bit < 8; bit++) value |= ((index >> (3 * bit + offset)) & 1) << (7 - bit);
    return value;
  };
  return [channel(0), channel(1), channel(2)];
}
