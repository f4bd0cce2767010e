import type { Photo } from "./decode.ts";
import { isBands } from "./image.ts";

/** Of 8 bits: the darkest and the brightest value of a photo are at least so far apart. */
const LEAST_SPREAD = 24;
/** 14 bits in 16 end at 63, a quarter of the range. */
const MOST_OF_14_BITS = 63;

/**
 * Says in words that a photo's values fill a small part of the range, as those of 12 bits stored in 16
 * or of 0 to 1 do; null where they do not.
 */
export function narrowRange({ image, bits }: Photo): string | null {
  if (isBands(image)) return null; // their own statistics are taken
  const { data } = image;
  let [least, most] = [255, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (most - least > MOST_OF_14_BITS) return null; // soon, in most photos
  }
  const dark = bits === 16 && most <= MOST_OF_14_BITS;
  if (!dark && most - least >= LEAST_SPREAD) return null;
  const of16 = bits === 16 ? ", the upper 8 of 16 bits" : "";
  return `its values are ${least} to ${most} of 0 to 255${of16}`;
}
