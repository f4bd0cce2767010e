/** An uncompressed TIFF of one strip, little-endian. */
export interface TiffSource {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16 | 32;
  /** 1 whole numbers, 2 with sign, 3 floats. */
  readonly format: 1 | 2 | 3;
  /** 1 grey, 2 RGB, 3 palette, 5 CMYK. */
  readonly colours: 1 | 2 | 3 | 5;
  /** [height, width, channels] */
  readonly samples: readonly number[];
  readonly orientation?: number;
}

const CHANNELS = { 1: 1, 2: 3, 3: 1, 5: 4 } as const;
const SHORT = 3;
const LONG = 4;

/** The bytes of a TIFF, written by the specification (TIFF 6.0) and by no library. */
export function writeTiff(source: TiffSource): Uint8Array {
  const { width, height, bits, format, colours, samples, orientation = 1 } = source;
  const channels = CHANNELS[colours];
  const pixels = new Uint8Array(samples.length * bits / 8);
  const view = new DataView(pixels.buffer);
  samples.forEach((sample, i) => {
    const at = i * bits / 8;
    if (bits === 8) view.setUint8(at, sample);
    else if (bits === 16) view.setUint16(at, sample, true);
    else if (format === 3) view.setFloat32(at, sample, true);
    else view.setInt32(at, sample, true);
  });
  const map = colours === 3 ? Array.from({ length: 3 << bits }, (_, i) => 257 * (i % 256)) : [];
  const shorts = (values: readonly number[]) => Array(channels).fill(values).flat();
  const fields: (readonly [tag: number, type: number, values: readonly number[]])[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, shorts([bits])],
    [259, SHORT, [1]],
    [262, SHORT, [colours]],
    [273, LONG, [8]],
    [274, SHORT, [orientation]],
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, [pixels.length]],
    ...(map.length > 0 ? [[320, SHORT, map] as const] : []),
    [339, SHORT, shorts([format])],
  ];
  return withDirectory(pixels, fields);
}

/** Header, pixels from byte 8 on, the directory of fields, and the values that do not fit into it. */
function withDirectory(
  pixels: Uint8Array,
  fields: readonly (readonly [number, number, readonly number[]])[],
): Uint8Array {
  const start = 8 + pixels.length + pixels.length % 2;
  let spill = start + 2 + 12 * fields.length + 4;
  const size = (type: number, count: number) => (type === SHORT ? 2 : 4) * count;
  const spilled = fields.map(([, type, values]) => size(type, values.length))
    .filter((bytes) => bytes > 4).reduce((sum, bytes) => sum + bytes, 0);
  const file = new Uint8Array(spill + spilled);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0], 0);
  view.setUint32(4, start, true);
  file.set(pixels, 8);
  view.setUint16(start, fields.length, true);
  for (const [i, [tag, type, values]] of fields.entries()) {
    const entry = start + 2 + 12 * i;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    const bytes = size(type, values.length);
    const at = bytes <= 4 ? entry + 8 : spill;
    if (bytes > 4) {
      view.setUint32(entry + 8, spill, true);
      spill += bytes;
    }
    values.forEach((value, k) => {
      if (type === SHORT) view.setUint16(at + 2 * k, value, true);
      else view.setUint32(at + 4 * k, value, true);
    });
  }
  return file;
}
