import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { Sharp } from "sharp";
import type { Image } from "./image.ts";
import { PALETTE, type PngHeader, pngHeader, RGB, RGB_ALPHA, withIndexColours } from "./png.ts";

/**
 * The numbers of a label PNG exactly as stored: grey values or palette indices [height, width, 1],
 * or colours [height, width, 3]. What they mean is for the data set to say.
 */
export interface RawLabels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Decodes an image file to RGB [height, width, 3]: EXIF rotation applied, alpha dropped, grey
 * expanded. Colour profiles are not applied, like in OpenCV and PIL, which the published pipelines
 * read with.
 */
export async function decodeImage(path: string): Promise<Image> {
  try {
    const { data, info } = await sharp(path, { ignoreIcc: true })
      .autoOrient()
      .removeAlpha()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: bytesOf(data) };
  } catch (cause) {
    throw corrupt(path, "a readable image (JPEG, PNG, WebP …)", cause);
  }
}

/**
 * Decodes a label PNG of any kind without changing a number: grey values of 1 to 16 bits, palette
 * indices, or colours of 8 bits (also where 16 hold them, each byte twice). An alpha channel must be
 * opaque, because what a transparent pixel is meant to be is unknown.
 */
export async function decodeLabels(path: string): Promise<RawLabels> {
  const file = await readFile(path);
  const header = pngHeader(file);
  if (!header) throw notPng(path, file);
  const { width, height, type, bits } = header;
  const input = sharp(type === PALETTE ? withIndexColours(file, bits) : file, { ignoreIcc: true });
  try {
    if ((await input.metadata()).hasAlpha) await requireOpaque(input, bits, path);
    return type === RGB || type === RGB_ALPHA
      ? { width, height, channels: 3, data: await colours(input, bits, path) }
      : { width, height, channels: 1, data: await values(input, header) };
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw corrupt(path, "a readable grey, palette or RGB PNG", cause);
  }
}

/** Width and height in pixels of an image file, as it is stored. */
export async function imageSize(path: string): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(path).metadata().catch((cause) => {
    throw corrupt(path, "a readable image", cause);
  });
  return { width, height };
}

/** Size of an image in pixels as `decodeImage` gives it, and whether EXIF swapped its sides. */
export interface ShownSize {
  readonly width: number;
  readonly height: number;
  readonly turned: boolean;
}

/** Reads an image's size from its header alone, turned as EXIF says; throws where it has none. */
export async function shownSize(path: string): Promise<ShownSize> {
  const { autoOrient, orientation = 1 } = await sharp(path).metadata();
  return { ...autoOrient, turned: orientation >= 5 };
}

/** Grey values or, of a palette with colour (i, i, i) at i, indices: the first channel [h, w]. */
async function values(input: Sharp, { type, bits }: PngHeader): Promise<Uint8Array | Uint16Array> {
  const data = await samples(input.clone().extractChannel(0), bits, ["b-w", "grey16"]);
  if (type === PALETTE || bits >= 8) return data;
  const step = 255 / ((1 << bits) - 1); // sharp spreads fewer bits over all of 0 to 255
  return data.map((value) => value / step);
}

/** 8-bit colours [h, w, 3]. */
async function colours(input: Sharp, bits: number, path: string): Promise<Uint8Array> {
  const data = await samples(input.clone().removeAlpha(), bits, ["srgb", "rgb16"]);
  if (data instanceof Uint8Array) return data;
  const odd = data.find((value) => value % 257 !== 0);
  if (odd === undefined) return Uint8Array.from(data, (value) => value / 257);
  throw new RangeError(
    `Cannot use the labels of ${path}: needs colours of 8 bits a channel (in 16 bits each byte ` +
      `twice), got the 16-bit value ${odd}; save the mask as 8-bit RGB, or as grey class values`,
  );
}

async function requireOpaque(input: Sharp, bits: number, path: string): Promise<void> {
  const alpha = await samples(input.clone().extractChannel("alpha"), bits, ["b-w", "grey16"]);
  const opaque = bits === 16 ? 65535 : 255;
  let count = 0;
  for (const value of alpha) if (value < opaque) count++;
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
): Promise<Uint8Array | Uint16Array> {
  if (bits < 16) {
    return bytesOf(await input.toColourspace(narrow).raw({ depth: "uchar" }).toBuffer());
  }
  const data = await input.toColourspace(wide).raw({ depth: "ushort" }).toBuffer();
  return new Uint16Array(bytesOf(data).slice().buffer);
}

function notPng(path: string, [first, second]: Uint8Array): SyntaxError {
  return new SyntaxError(
    `Cannot read the labels of ${path}: needs a PNG, got ` +
      (first === 0xff && second === 0xd8
        ? `a JPEG: its compression smears labels into values that no class has, also where it is ` +
          `renamed or converted later; make the mask again as PNG`
        : `another or a broken format; save masks as PNG, which changes no value`),
  );
}

function corrupt(path: string, needs: string, cause: unknown): SyntaxError {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  // Where these end a message, they say how sharp and libpng were called, and not what is wrong.
  const said = lines.find((line) => line !== "" && !/failOn|libpng read error/.test(line));
  const reason = said ?? "damaged or cut-off data";
  return new SyntaxError(
    `Cannot decode ${path}: needs ${needs}, got "${reason}"; ` +
      `replace the file, or leave it out (in a data set with its partner)`,
    { cause },
  );
}

function bytesOf(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
