import type { Sharp } from "sharp";
import { z } from "zod";
import { withRemedy } from "../remedy.ts";
import { byteSize } from "../words.ts";
import { MOST_BANDS } from "./image.ts";

/** How files of pictures are read. */
export interface PictureReading {
  /**
   * What becomes of EXIF's orientation: "apply" turns the pixels as viewers do, "ignore" leaves them
   * as they are stored. Where it is not given, a picture alone is turned and a mask alone is not; an
   * image and its mask are turned alike, and refused where it is not sure that they are.
   */
  readonly exif?: "apply" | "ignore";
  /**
   * The most pixels of a file. Where it is not given, as many as 805 MB of memory hold: 268 million of
   * an image, fewer where a file is read in one piece.
   */
  readonly maxPixels?: number;
  /**
   * Images are kept as they are stored, with so many bands, 1 to 16. Where it is not given, they are 8-bit
   * RGB; the images of a data set whose first one cannot be are bands.
   */
  readonly channels?: number;
}

/** How files of pictures and of their labels are read. */
export interface Reading extends PictureReading {
  /**
   * What becomes of a data set in which annotations cannot be drawn: "refuse" it, which is what happens
   * where it is not given, or "skip" these annotations.
   */
  readonly faulty?: "refuse" | "skip";
}

const readingSchema = z.strictObject({
  exif: z.enum(["apply", "ignore"]).exactOptional(),
  maxPixels: z.int().min(1).exactOptional(),
  channels: z.int().min(1).max(MOST_BANDS).exactOptional(),
  faulty: z.enum(["refuse", "skip"]).exactOptional(),
});

/** Refuses what is no way of reading, for programs that are not type-checked. */
export function checkReading(reading: Reading, doing: string): void {
  const { success, error } = readingSchema.safeParse(reading);
  if (success) return;
  throw new RangeError(
    `${doing}: exif "apply" or "ignore", maxPixels from 1 on, channels 1 to ${MOST_BANDS} and faulty "refuse" or "skip" needed, or none, got ` +
      error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
  );
}

/** What the header of a picture file says. */
export interface PictureHeader {
  /** Columns and rows in pixels, as they are stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF's orientation, 1 to 8: 2 mirrors, 3 is half a turn, 5 to 8 swap the sides. */
  readonly orientation: number;
  /** As sharp calls it: "jpeg", "png", "tiff". */
  readonly format: string;
  /** As libvips calls the colours: "srgb", "b-w", "cmyk". */
  readonly space: string;
  readonly channels: number;
  /** As libvips calls the type of a sample: "uchar", "ushort", "float". */
  readonly depth: string;
  readonly bits: number;
  readonly hasAlpha: boolean;
  /** Whether the decoder needs all pixels at once, beside those that it gives. */
  readonly whole: boolean;
}

/** Reads a picture's header. */
export async function headerOf(input: Sharp): Promise<PictureHeader> {
  const { width, height, format, space, channels, depth, ...header } = await input.metadata();
  const { orientation = 1, bitsPerSample = 8, hasAlpha, isProgressive } = header;
  const whole = isProgressive || ["webp", "gif", "heif", "svg"].includes(format);
  const bits = depth === "ushort" ? 16 : bitsPerSample;
  return { width, height, orientation, format, space, channels, depth, bits, hasAlpha, whole };
}

/** The width and height of a picture that is turned as EXIF says, or left as it is stored. */
export function sizeAs(
  exif: "apply" | "ignore",
  { width, height, orientation }: PictureHeader,
): { readonly width: number; readonly height: number } {
  const swapped = exif === "apply" && orientation >= 5;
  return swapped ? { width: height, height: width } : { width, height };
}

/** Memory that the pixels of one file may take: what sharp allows for 8-bit RGB. */
const MOST_BYTES = 3 * 2 ** 28;
/** The most pixels in any case, sharp's own limit: 16383². */
const MOST_PIXELS = 0x3fff ** 2;

/**
 * Refuses a file of more pixels than are allowed, before memory is taken for them: `bytes` is what a
 * decoded pixel takes.
 */
export function requireRoom(
  { width, height, whole, channels, depth, format }: PictureHeader,
  path: string,
  bytes: number,
  { maxPixels }: Reading,
): void {
  const pixels = width * height;
  const stored = channels * (depth === "ushort" || format === "jpeg" ? 2 : 1);
  const each = bytes + (whole ? stored : 0);
  const most = maxPixels ?? Math.min(MOST_PIXELS, Math.floor(MOST_BYTES / each));
  if (pixels <= most) return;
  const error = new RangeError(
    `Cannot decode ${path}: at most ${
      grouped(most)
    } pixels needed, got ${width}×${height}, which ` +
      `are ${grouped(pixels)} and take ${byteSize(pixels * each)} of memory; make it smaller, or ` +
      `raise the limit, maxPixels`,
  );
  throw withRemedy(error, { kind: "maxPixels", pixels });
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
