import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import sharp from "sharp";
import { type Colour, IGNORE, type Image, type LabelMap } from "./image.ts";
import { PNG_SIGNATURE, pngChunk } from "./png.ts";

/** An RGB image as the bytes of a PNG file. */
export async function encodeImage(image: Image): Promise<Uint8Array> {
  const { width, height, data } = image;
  return await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer();
}

/**
 * A label map as the bytes of a grey PNG of 8 bits: grey values are the labels, and every decoder
 * gives them back as one channel, which palettes are not sure to be.
 */
export async function encodeGrey({ width, height, data }: LabelMap): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width, height, channels: 1 } });
  return await image.toColourspace("b-w").png().toBuffer();
}

/**
 * A label map as the bytes of a palette PNG: indices are the labels, colours the palette's, IGNORE
 * is black. `decodeLabels` gives the same labels back. zlib compresses off the JavaScript thread;
 * sharp would choose a palette of its own.
 */
export async function encodeLabels(
  { width, height, data }: LabelMap,
  palette: readonly Colour[],
): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits, palette indices
  const colours = Array.from({ length: IGNORE + 1 }, (_, i) => palette[i] ?? [0, 0, 0]);
  const rows = new Uint8Array(height * (width + 1)); // a filter type, none, before each row
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  // Level 3 takes a third of level 6's time and half as many bytes again.
  const compressed = await promisify(deflate)(rows, { level: 3 });
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk("IHDR", header),
    pngChunk("PLTE", Uint8Array.from(colours.flat())),
    pngChunk("IDAT", compressed),
    pngChunk("IEND", new Uint8Array()),
  ]);
}
