import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

/** A PNG of any kind: `samples` are [height, width, channels], as wide as `bits` allows. */
export interface PngSource {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly type: 0 | 2 | 3 | 4 | 6;
  /** None for a file that is a header alone. */
  readonly samples: ArrayLike<number>;
  readonly interlaced: boolean;
  /** Chunks before the pixels: a palette, a transparent colour. */
  readonly chunks?: readonly (readonly [type: string, data: Uint8Array])[];
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

// First column and row of each pass of Adam7 and the steps to the next ones.
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The bytes of a PNG, written by the specification and by no library. */
export function writePng(source: PngSource): Uint8Array {
  const { width, height, bits, type, interlaced, chunks = [] } = source;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, type, 0, 0, interlaced ? 1 : 0], 8);
  const passes = source.samples.length === 0 ? [] : interlaced ? ADAM7 : [[0, 0, 1, 1]] as const;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    ...chunks.map(([name, data]) => chunk(name, data)),
    chunk("IDAT", deflateSync(Uint8Array.from(passes.flatMap((pass) => rowsOf(source, pass))))),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** The chunk of EXIF data that says an orientation, 1 to 8, and nothing else. */
export function orientationChunk(orientation: number): readonly ["eXIf", Uint8Array] {
  // A big-endian TIFF header, and a directory of one field: tag 274, a short.
  const header = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8];
  const directory = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return ["eXIf", Uint8Array.from([...header, ...directory])];
}

/** The packed rows of one pass, each behind filter type 0. */
function rowsOf(
  { width, height, bits, type, samples }: PngSource,
  [left, top, right, down]: readonly [number, number, number, number],
): number[] {
  const channels = CHANNELS[type];
  const bytes: number[] = [];
  for (let y = top; y < height; y += down) {
    let row = "";
    for (let x = left; x < width; x += right) {
      for (let c = 0; c < channels; c++) {
        row += samples[(y * width + x) * channels + c]!.toString(2).padStart(bits, "0");
      }
    }
    if (row.length > 0) bytes.push(0, ...row.match(/.{1,8}/g)!.map(byteOf));
  }
  return bytes;
}

function byteOf(bits: string): number {
  return parseInt(bits.padEnd(8, "0"), 2);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
