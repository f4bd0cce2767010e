import { decode } from "fast-png";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { Image } from "./dataset.ts";

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
 * Decodes a label PNG without changing a number: 1 to 16 bit grey, palette indices, or 8-bit
 * colours.
 */
export async function decodeLabels(path: string): Promise<RawLabels> {
  const file = await readFile(path);
  const header = pngHeader(file);
  if (!header) {
    throw new SyntaxError(
      `Cannot read the labels of ${path}: needs a PNG, got another or a broken format; ` +
        `save masks as PNG (JPEG changes label values)`,
    );
  }
  try {
    return header.type === PALETTE || header.bits < 8
      ? decodeIndices(file, header)
      : await decodeSamples(file, header);
  } catch (cause) {
    throw corrupt(path, "a readable grey, palette or 8-bit RGB PNG", cause);
  }
}

/** An RGB image as the bytes of a PNG file. */
export async function encodeImage(image: Image): Promise<Uint8Array> {
  const { width, height, data } = image;
  return bytesOf(await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer());
}

interface PngHeader {
  readonly bits: number;
  readonly type: number;
  readonly interlaced: boolean;
}

// Colour types of the PNG specification, table 11.1.
const GREY = 0;
const PALETTE = 3;
const GREY_ALPHA = 4;

function pngHeader(file: Uint8Array): PngHeader | undefined {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (file.length < 29 || signature.some((byte, i) => file[i] !== byte)) return undefined;
  return { bits: file[24]!, type: file[25]!, interlaced: file[28] !== 0 };
}

/** Grey and colour samples of 8 or 16 bits by sharp, which decodes off the JavaScript thread. */
async function decodeSamples(file: Uint8Array, { bits, type }: PngHeader): Promise<RawLabels> {
  const input = sharp(file, { ignoreIcc: true });
  if (type !== GREY && type !== GREY_ALPHA) {
    if (bits !== 8) throw new RangeError(`${bits} bits per colour`);
    const { data, info } = await input.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 3, data: bytesOf(data) };
  }
  const grey = input.extractChannel(0);
  const raw = bits === 16
    ? grey.toColourspace("grey16").raw({ depth: "ushort" })
    : grey.raw({ depth: "uchar" });
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const bytes = bytesOf(data);
  return {
    width: info.width,
    height: info.height,
    channels: 1,
    data: bits === 16 ? new Uint16Array(bytes.slice().buffer) : bytes,
  };
}

/** Palette indices and grey below 8 bits, which sharp turns into colours and rescaled grey. */
function decodeIndices(file: Uint8Array, { bits, interlaced }: PngHeader): RawLabels {
  if (bits < 8 && interlaced) {
    throw new RangeError(`interlacing at ${bits} bits: save it without interlacing`);
  }
  const { width, height, data } = decode(file, { checkCrc: true });
  const packed = data as Uint8Array;
  if (bits === 8) return { width, height, channels: 1, data: packed };
  const stride = Math.ceil(width * bits / 8);
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const shift = 8 - bits - (bit & 7);
      values[y * width + x] = (packed[y * stride + (bit >> 3)]! >> shift) & ((1 << bits) - 1);
    }
  }
  return { width, height, channels: 1, data: values };
}

function corrupt(path: string, needs: string, cause: unknown): SyntaxError {
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  return new SyntaxError(
    `Cannot decode ${path}: needs ${needs}, got "${reason}"; ` +
      `replace the file, or leave it out (in a data set with its partner)`,
    { cause },
  );
}

function bytesOf(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
