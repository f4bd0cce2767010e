import { z } from "zod";

/** An 8-bit RGB image, row-major: `data` is [height, width, 3]. */
export interface Image {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array;
}

/**
 * An image that is kept as it is stored: bands of any range, row-major, `data` is [height, width, channels].
 * NaN is a pixel without a value, which a network sees as the mean.
 */
export interface Bands {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Numbers of each pixel, 1 to 16. */
  readonly channels: number;
  /** The bands of each pixel, row by row. */
  readonly data: Float32Array;
}

/** What a network sees: an RGB image, or bands. */
export type Raster = Image | Bands;

/** The most bands of an image. */
export const MOST_BANDS = 16;

/** Whether an image is kept as it is stored. */
export function isBands(picture: Raster): picture is Bands {
  return picture.data instanceof Float32Array;
}

/** How many numbers each pixel has. */
export function channelsOf(picture: Raster): number {
  return isBands(picture) ? picture.channels : 3;
}

/** An image in words: "an RGB image", "1 band". */
export function kindInWords(channels: number, areBands: boolean): string {
  if (!areBands) return "an RGB image";
  return channels === 1 ? "1 band" : `${channels} bands`;
}

/** A class index, or IGNORE, for every pixel: `data` is [height, width]. */
export interface LabelMap {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** One byte for each pixel, row by row. */
  readonly data: Uint8Array;
}

/** The label of a pixel without a class, which neither the loss nor a metric counts. */
export const IGNORE = 255;

/** A height and a width in pixels. */
export type Size = readonly [height: number, width: number];

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [number, number, number];

const byte = z.int().min(0).max(255);

/** A colour as JSON has it: [r, g, b]. */
export const colourSchema = z.tuple([byte, byte, byte], {
  error: "needs a colour [r, g, b] of numbers from 0 to 255",
});

/** The names and display colours of classes, in the order of their indices. */
export interface ClassKey {
  /** The classes' names. */
  readonly classes: readonly string[];
  /** A colour for each class. */
  readonly palette: readonly Colour[];
}
