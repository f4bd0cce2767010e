import type { Size } from "../images/image.ts";

/**
 * The size [height, width] of a picture whose shorter side becomes `short` pixels, or its longer side
 * `long` where it would be more. As transformers' image processors round it: the longer side is cut
 * off to a whole number.
 */
export function sizeOfSides([height, width]: Size, short: number, long: number | null): Size {
  const [least, most] = [Math.min(height, width), Math.max(height, width)];
  const isTooLong = long !== null && most / least * short > long;
  const exact = isTooLong ? long * least / most : short;
  const shorter = isTooLong ? halfToEven(exact) : short;
  if (least === shorter) return [height, width];
  return width < height
    ? [Math.trunc(exact * height / width), shorter]
    : [shorter, Math.trunc(exact * width / height)];
}

/** Python's round(): of two whole numbers that are equally near, the even one. */
function halfToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}
