import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { Colour } from "./image.ts";

/** The first chunk of a PNG: sizes in pixels, bits a sample, and the colour type. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** As in the PNG specification, table 11.1; see the constants. */
  readonly type: number;
}

/** Colour types of the PNG specification, table 11.1: one sample a pixel. */
export const GREY = 0;
/** Red, green and blue. */
export const RGB = 2;
/** One index into the palette a pixel. */
export const PALETTE = 3;
/** Red, green, blue and alpha. */
export const RGB_ALPHA = 6;

/** The eight bytes that every PNG begins with. */
export const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** The header of a PNG file, or nothing where the bytes are of something else. */
export function pngHeader(file: Uint8Array): PngHeader | undefined {
  if (file.length < 29 || PNG_SIGNATURE.some((byte, i) => file[i] !== byte)) return undefined;
  const view = new DataView(file.buffer, file.byteOffset);
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    bits: file[24]!,
    type: file[25]!,
  };
}

/** The bits a sample that each colour type may have, by the same table. */
const BITS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  4: [8, 16],
  [RGB_ALPHA]: [8, 16],
};
const LONGEST_SIDE = 2 ** 31 - 1;

/** Refuses a header that the specification forbids, before anything is done with its numbers. */
export function requireLegal({ width, height, bits, type }: PngHeader, path: string): void {
  const sound = [width, height].every((side) => side > 0 && side <= LONGEST_SIDE);
  if (sound && BITS[type]?.includes(bits)) return;
  throw new SyntaxError(
    `Cannot decode ${path}: needs the header of a PNG (sides from 1 on, and 1 to 16 bits of a colour ` +
      `type 0, 2, 3, 4 or 6), got ${width}×${height} pixels of ${bits} bits and type ${type}; ` +
      `replace the file, or leave it out (in a data set with its partner)`,
  );
}

/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Record<number, number>> = {
  0: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  4: 2,
  [RGB_ALPHA]: 4,
};
/** The most bytes that zlib's format makes of one. */
const MOST_INFLATED = 1032;

/** Refuses a header of more pixels than so many bytes of a file can hold, however alike they are. */
export function requireHeld(
  { width, height, bits, type }: PngHeader,
  bytes: number,
  path: string,
): void {
  const needed = width * height * bits * (SAMPLES[type] ?? 1) / 8;
  if (needed <= MOST_INFLATED * (bytes + 1)) return;
  throw new SyntaxError(
    `Cannot decode ${path}: needs the pixels that its header says (${width}×${height}), got a damaged ` +
      `or cut-off file of ${bytes} bytes, which cannot hold them; replace the file, or leave it out ` +
      `(in a data set with its partner)`,
  );
}

/**
 * A palette PNG with colour (i, i, i) at index i and nothing transparent: a decoder that turns
 * indices into colours, as sharp does, then gives the indices.
 */
export function withIndexColours(file: Uint8Array, bits: number): Uint8Array {
  const colours = Uint8Array.from({ length: 3 << bits }, (_, i) => Math.floor(i / 3));
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array[] = [PNG_SIGNATURE];
  for (let at = PNG_SIGNATURE.length; at + 12 <= file.length;) {
    const end = at + 12 + view.getUint32(at);
    const type = Buffer.from(file.subarray(at + 4, at + 8)).toString("latin1");
    if (type === "PLTE") parts.push(pngChunk("PLTE", colours));
    else if (type !== "tRNS") parts.push(file.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** The colours of a palette PNG by their index; none where it has no palette. */
export function paletteColours(file: Uint8Array): readonly Colour[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = PNG_SIGNATURE.length; at + 12 <= file.length; at += 12 + view.getUint32(at)) {
    const type = Buffer.from(file.subarray(at + 4, at + 8)).toString("latin1");
    if (type !== "PLTE") continue;
    const bytes = file.subarray(at + 8, at + 8 + view.getUint32(at));
    return Array.from(
      { length: Math.floor(bytes.length / 3) },
      (_, i) => [bytes[3 * i]!, bytes[3 * i + 1]!, bytes[3 * i + 2]!],
    );
  }
  return [];
}

/** The bytes of a chunk: length, type, data and checksum. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
