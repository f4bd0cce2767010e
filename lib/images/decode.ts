import type { Sharp } from "sharp";
import { decodeBands, isBeyondRgb } from "./decode_bands.ts";
import type { Colour, Image, Raster } from "./image.ts";
import {
  corrupt,
  type MaskFile,
  NEEDED,
  NEEDED_MASK,
  openMask,
  openPicture,
  type PictureFile,
  sharpOf,
} from "./picture_file.ts";
import { PALETTE, type PngHeader, RGB, RGB_ALPHA } from "./png.ts";
import { type PictureHeader, type Reading, requireRoom } from "./reading.ts";

/**
 * The numbers of a label PNG exactly as stored: grey values or palette indices [height, width, 1],
 * or colours [height, width, 3]. What they mean is for the data set to say.
 */
export interface RawLabels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array;
  /** The colours of palette indices, where they are asked for (`withPalette`) and there are any. */
  readonly indexColours?: readonly Colour[];
}

/**
 * Decodes an image file to RGB [height, width, 3]: turned as EXIF says, alpha dropped, grey expanded.
 * Colour profiles are not applied, like in OpenCV and PIL, which the published pipelines read with;
 * CMYK becomes (255 - c) · (255 - k) / 255 as in PIL. Of 16 bits the upper 8 are kept, so that 0 to
 * 65535 becomes 0 to 255; samples of 32 bits and floats have no such range and are refused.
 */
export async function decodeImage(path: string, reading: Reading = {}): Promise<Image> {
  return (await decodeRgb(await openPicture(path), reading)).image;
}

/** An image with the bits of its file's samples, 8 or fewer, or 16. */
export interface Photo<Pixels extends Raster = Raster> {
  readonly image: Pixels;
  readonly bits: number;
}

/**
 * An image of a file that is open, with what becomes of the samples' range: as `decodeImage` reads it, or
 * its bands as they are stored where the reading has channels.
 */
export async function decodePhoto(file: PictureFile, reading: Reading = {}): Promise<Photo> {
  if (reading.channels === undefined) return await decodeRgb(file, reading);
  return { image: await decodeBands(file, reading.channels, reading), bits: file.header.bits };
}

async function decodeRgb(file: PictureFile, reading: Reading): Promise<Photo<Image>> {
  const { path, header } = file;
  requireSamples(header, path);
  requireColours(header, path);
  const turned = reading.exif !== "ignore" && header.orientation > 1;
  const cmyk = header.space === "cmyk";
  requireRoom(header, path, (turned ? 6 : 3) + (cmyk ? header.channels : 0), reading);
  const upright = turned ? sharpOf(file).autoOrient() : sharpOf(file);
  try {
    return { image: await (cmyk ? fromCmyk(upright) : pixels(upright)), bits: header.bits };
  } catch (cause) {
    throw corrupt(path, NEEDED, cause);
  }
}

async function pixels(input: Sharp): Promise<Image> {
  const { data, info } = await input.removeAlpha().toColourspace("srgb").raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: bytesOf(data) };
}

/** Ink to light as PIL does it, each product rounded to a byte. */
async function fromCmyk(input: Sharp): Promise<Image> {
  const { data: inks, info } = await input.pipelineColourspace("cmyk").toColourspace("cmyk")
    .raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const data = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; to < data.length; from += channels, to += 3) {
    const light = 255 - inks[from + 3]!;
    for (let c = 0; c < 3; c++) data[to + c] = light - Math.round(inks[from + c]! * light / 255);
  }
  return { width, height, data };
}

function requireColours(header: PictureHeader, path: string): void {
  if (!isBeyondRgb(header)) return;
  throw new RangeError(
    `Cannot decode ${path}: needs grey or RGB, with an alpha channel or without, which a network of RGB ` +
      `images sees, got ${header.channels} bands; a network that is trained on images like it reads them`,
  );
}

function requireSamples({ depth, bits }: PictureHeader, path: string): void {
  if (depth === "uchar" || depth === "ushort") return;
  const kind = /float|double/.test(depth)
    ? "floats"
    : /complex/.test(depth)
    ? "complex"
    : "integers";
  throw new RangeError(
    `Cannot decode ${path}: needs samples of 8 or 16 bits from 0 on, got ${bits}-bit ${kind} ` +
      `(${depth}), of which nobody knows what black and white are; scale them to 0 to 255 and save ` +
      `the image as 8-bit PNG or TIFF`,
  );
}

/**
 * Decodes a label PNG of any kind without changing a number: grey values of 1 to 16 bits, palette
 * indices, or colours of 8 bits (also where 16 hold them, each byte twice). An alpha channel must be
 * opaque, because what a transparent pixel is meant to be is unknown. EXIF turns the mask where
 * `exif` is "apply".
 */
export async function decodeLabels(path: string, reading: Reading = {}): Promise<RawLabels> {
  return await decodeMask(await openMask(path), reading);
}

/** `decodeLabels` of a file that is open. */
export async function decodeMask(file: MaskFile, reading: Reading = {}): Promise<RawLabels> {
  const { path, header, png: { type, bits } } = file;
  const coloured = type === RGB || type === RGB_ALPHA;
  const turned = reading.exif === "apply" && header.orientation > 1;
  const sample = bits === 16 ? 2 : 1;
  // Samples as decoded, then classes or packed colours.
  const bytes = coloured ? 3 * sample + 4 : sample + 1;
  requireRoom(header, path, bytes + (turned ? header.channels * sample : 0), reading);
  const upright = turned ? sharpOf(file).autoOrient() : sharpOf(file);
  try {
    if (header.hasAlpha) await requireOpaque(upright, bits, path);
    const { size, data } = coloured
      ? await colours(upright, bits, path)
      : await values(upright, file.png);
    return { ...size, channels: coloured ? 3 : 1, data };
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw corrupt(path, NEEDED_MASK, cause);
  }
}

/** Labels with the colours of their file's palette, for tables that tell classes by colours. */
export function withPalette(raw: RawLabels, { palette }: MaskFile): RawLabels {
  return palette.length > 0 ? { ...raw, indexColours: palette } : raw;
}

/** Width and height in pixels of an image file, as it is stored. */
export async function imageSize(path: string): Promise<{ width: number; height: number }> {
  const { width, height } = (await openPicture(path)).header;
  return { width, height };
}

interface Samples<Data = Uint8Array | Uint16Array> {
  readonly size: { readonly width: number; readonly height: number };
  readonly data: Data;
}

/** Grey values or, of a palette with colour (i, i, i) at i, indices: the first channel [h, w]. */
async function values(input: Sharp, { type, bits }: PngHeader): Promise<Samples> {
  const read = await samples(input.clone().extractChannel(0), bits, ["b-w", "grey16"]);
  if (type === PALETTE || bits >= 8) return read;
  const step = 255 / ((1 << bits) - 1); // sharp spreads fewer bits over all of 0 to 255
  return { ...read, data: read.data.map((value) => value / step) };
}

/** 8-bit colours [h, w, 3]. */
async function colours(input: Sharp, bits: number, path: string): Promise<Samples<Uint8Array>> {
  const { size, data } = await samples(input.clone().removeAlpha(), bits, ["srgb", "rgb16"]);
  if (data instanceof Uint8Array) return { size, data };
  const narrow = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (data[i]! % 257 !== 0) throw wideColour(data[i]!, path);
    narrow[i] = data[i]! / 257;
  }
  return { size, data: narrow };
}

function wideColour(value: number, path: string): RangeError {
  return new RangeError(
    `Cannot use the labels of ${path}: needs colours of 8 bits a channel (in 16 bits each byte ` +
      `twice), got the 16-bit value ${value}; save the mask as 8-bit RGB, or as grey class values`,
  );
}

async function requireOpaque(input: Sharp, bits: number, path: string): Promise<void> {
  const alpha = await samples(input.clone().extractChannel("alpha"), bits, ["b-w", "grey16"]);
  const opaque = bits === 16 ? 65535 : 255;
  let count = 0;
  for (let i = 0; i < alpha.data.length; i++) if (alpha.data[i]! < opaque) count++;
  if (count === 0) return;
  throw new RangeError(
    `Cannot use the labels of ${path}: needs an opaque mask, because a transparent pixel may mean ` +
      `a class, the ignored label or nothing, got ${count} transparent ${
        count === 1 ? "pixel" : "pixels"
      }; give ` +
      `them the value or the colour of what they are and save the mask without an alpha channel`,
  );
}

/** The samples as stored, in the colour space of 8 or of 16 bits, which changes none of them. */
async function samples(
  input: Sharp,
  bits: number,
  [narrow, wide]: readonly [string, string],
): Promise<Samples> {
  const raw = bits < 16
    ? input.toColourspace(narrow).raw({ depth: "uchar" })
    : input.toColourspace(wide).raw({ depth: "ushort" });
  const { data, info: { width, height } } = await raw.toBuffer({ resolveWithObject: true });
  const size = { width, height };
  return { size, data: bits < 16 ? bytesOf(data) : wordsOf(bytesOf(data)) };
}

function bytesOf(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}

/** The same memory by two bytes, or a copy where it begins at an odd one. */
function wordsOf(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(buffer, byteOffset, length / 2);
}
