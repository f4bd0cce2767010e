import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import sharp from "sharp";
import { type Colour, IGNORE, type Image, type LabelMap } from "./image.ts";
import { GREY, PALETTE, PNG_SIGNATURE, pngChunk, type PngHeader } from "./png.ts";

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
  const colours = Array.from({ length: IGNORE + 1 }, (_, i) => palette[i] ?? [0, 0, 0]);
  const chunks = [pngChunk("PLTE", Uint8Array.from(colours.flat()))];
  return await encodePng({ width, height, bits: 8, type: PALETTE }, chunks, data);
}

/** Numbers from 0 to 1 [height, width] as the bytes of a grey PNG of 16 bits: 65535 is 1. */
export async function encodeShares(
  shares: Float32Array,
  { width, height }: Pick<LabelMap, "width" | "height">,
): Promise<Uint8Array> {
  const samples = Buffer.alloc(2 * shares.length);
  shares.forEach((share, i) => samples.writeUInt16BE(Math.round(65535 * share), 2 * i));
  return await encodePng({ width, height, bits: 16, type: GREY }, [], samples);
}

/** The bytes of a PNG of one sample a pixel, with chunks before its samples. */
async function encodePng(
  { width, height, bits, type }: PngHeader,
  chunks: readonly Uint8Array[],
  samples: Uint8Array,
): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, type], 8);
  const row = width * bits / 8;
  const rows = new Uint8Array(height * (row + 1)); // a filter type, none, before each row
  for (let y = 0; y < height; y++) {
    rows.set(samples.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  }
  // Level 3 takes a third of level 6's time and half as many bytes again.
  const compressed = await promisify(deflate)(rows, { level: 3 });
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk("IHDR", header),
    ...chunks,
    pngChunk("IDAT", compressed),
    pngChunk("IEND", new Uint8Array()),
  ]);
}
