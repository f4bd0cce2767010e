import { createHash } from "node:crypto";
import { resizeAntialiased } from "./antialiased.ts";
import { decodePhoto } from "./decode.ts";
import type { Image } from "./image.ts";
import { openPicture } from "./picture_file.ts";
import type { PictureReading } from "./reading.ts";
import { shownImage } from "./shown_bands.ts";

/** Rows of a hash, and bits of a row. */
const SIDE = 16;
const BITS = SIDE * SIDE;

/** What a picture file is known again by. */
export interface PictureHash {
  /** SHA-256 of the file. */
  readonly file: string;
  /**
   * Its difference hash (dHash): 256 bits, row by row, of the picture reduced to 17 × 16 pixels of grey
   * (ITU-R 601); a bit says that a pixel is brighter than its right neighbour.
   */
  readonly bits: Uint8Array;
}

/** Reads and hashes a picture file; what is none is a SyntaxError. */
export async function pictureHash(path: string, reading?: PictureReading): Promise<PictureHash> {
  const picture = await openPicture(path);
  const { image } = await decodePhoto(picture, reading);
  return {
    file: createHash("sha256").update(picture.bytes).digest("hex"),
    bits: differenceBits(shownImage(image)),
  };
}

function differenceBits(image: Image): Uint8Array {
  const { data } = resizeAntialiased(image, SIDE, SIDE + 1);
  const grey = (pixel: number) =>
    299 * data[3 * pixel]! + 587 * data[3 * pixel + 1]! + 114 * data[3 * pixel + 2]!;
  const bits = new Uint8Array(BITS / 8);
  for (let bit = 0; bit < BITS; bit++) {
    const pixel = bit + Math.floor(bit / SIDE); // a row has one pixel more than bits
    if (grey(pixel) > grey(pixel + 1)) bits[bit >> 3]! |= 1 << (bit & 7);
  }
  return bits;
}

/**
 * The bits in which near copies differ at most. Measured on CamVid: saved again as JPEG of quality 30,
 * reduced to a quarter, brightened by a fifth or in grey, photos differ in at most 16 bits; none of the 101
 * validation images is closer than 70 to any of the 367 training images.
 */
const MOST_DIFFERENT = 20;
/** Pictures with fewer bits of the rarer kind are next to uniform: their hashes say nothing. */
const LEAST_VARIED = 2 * MOST_DIFFERENT;

/** Whether two pictures are the same file, look alike, or neither. */
export function likeness(a: PictureHash, b: PictureHash): "same" | "near" | null {
  if (a.file === b.file) return "same";
  if (Math.min(varied(a.bits), varied(b.bits)) < LEAST_VARIED) return null;
  return different(a.bits, b.bits) <= MOST_DIFFERENT ? "near" : null;
}

function varied(bits: Uint8Array): number {
  const ones = different(bits, ZEROS);
  return Math.min(ones, BITS - ones);
}

const ZEROS = new Uint8Array(BITS / 8);

function different(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    for (let rest = a[i]! ^ b[i]!; rest > 0; rest &= rest - 1) count++;
  }
  return count;
}
