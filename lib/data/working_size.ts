import { spreadIndices } from "../array.ts";
import { median } from "../statistics.ts";
import type { Dataset } from "./dataset.ts";

/** Columns and rows in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** How large a network sees images. */
export interface WorkingSize {
  /** The longer side in pixels that all images get; null where they keep their own size. */
  readonly long: number | null;
  /** What it is and why, in words. */
  readonly words: string;
}

/**
 * The crops that the longer side has at most. Published ones are between a third (768 of Cityscapes'
 * 2048) and three quarters (512 of ADE20K's 683) of it.
 */
const MOST_CROPS = 3;

/**
 * The size at which images of such sizes are learned from in crops of `crop` pixels: the middle one of
 * their longer sides, or three crops where that is less. Squares of one size are taken for tiles of
 * larger pictures, in which a pixel must stay a pixel.
 */
export function workingSize(sizes: readonly PixelSize[], crop: number): WorkingSize {
  if (sizes.length === 0) return { long: null, words: "images of their own size" };
  const sides = sizes.map(({ width, height }) => Math.max(width, height));
  const [least, most] = [Math.min(...sides), Math.max(...sides)];
  if (least === most && sizes.every(({ width, height }) => width === height)) {
    const words =
      `images of their own size: all are squares of ${most} pixels, as tiles of larger ` +
      "pictures are";
    return { long: null, words };
  }
  const middle = Math.round(median(sides));
  const limit = MOST_CROPS * crop;
  const own = least === most ? `${most}` : `${least} to ${most}`;
  if (middle > limit) {
    const words =
      `${limit} pixels on the longer side, three crops of ${crop}, where the images have ${own}`;
    return { long: limit, words };
  }
  const words = `${middle} pixels on the longer side, ` +
    (least === most ? "as the images have" : `the middle of the images' ${own}`);
  return { long: middle, words };
}

/** Images whose size is looked at, spread over all. */
const SAMPLE = 64;

/** The indices of the images of a list whose size is looked at. */
export function sizeSample(length: number): number[] {
  return spreadIndices(length, Math.min(SAMPLE, length));
}

/** The sizes of 64 of a data set's images, which are made or read for it. */
export async function exampleSizes(dataset: Dataset): Promise<PixelSize[]> {
  const sizes: PixelSize[] = [];
  for (const index of sizeSample(dataset.length)) {
    const { width, height } = (await dataset.example(index)).image;
    sizes.push({ width, height });
  }
  return sizes;
}
