import { isBeyondRgb } from "../images/decode_bands.ts";
import { openPicture } from "../images/picture_file.ts";
import type { Reading } from "../images/reading.ts";
import type { Pair } from "./pairs.ts";

/**
 * How the images of pairs are read: as `reading` says, and as bands, as many as the first image has, where
 * that is a TIFF that no 8-bit RGB image can stand for. A file that cannot be read changes nothing here.
 */
export async function bandReading(
  pairs: readonly Pick<Pair, "image">[],
  reading: Reading | undefined,
): Promise<Reading | undefined> {
  const [first] = pairs;
  if (first === undefined || reading?.channels !== undefined) return reading;
  if (!/\.tiff?$/i.test(first.image)) return reading; // no other format has more
  const file = await openPicture(first.image).catch(() => null);
  if (file === null || !isBeyondRgb(file.header)) return reading;
  return { ...reading, channels: file.header.channels };
}
