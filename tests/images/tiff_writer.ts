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
  /** Bands in all; as many as the colours have if not given. */
  readonly channels?: number;
  readonly orientation?: number;
  /** The value of pixels without data, as GDAL writes it. */
  readonly noData?: string;
  /** Fields that say where the image is; GEOREFERENCE is one. */
  readonly georeference?: readonly Field[];
}

type Field = readonly [tag: number, type: number, values: readonly number[]];

const CHANNELS = { 1: 1, 2: 3, 3: 1, 5: 4 } as const;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const BYTES: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

const ascii = (text: string) => [...text].map((sign) => sign.charCodeAt(0)).concat(0);

/** UTM zone 32 N, pixels of 10 m, the left upper corner at 500 km east and 5,400 km north. */
export const GEOREFERENCE: readonly Field[] = [
  [33550, DOUBLE, [10, 10, 0]],
  [33922, DOUBLE, [0, 0, 0, 500_000, 5_400_000, 0]],
  [34735, SHORT, [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632]],
  [34737, ASCII, ascii("WGS 84 / UTM zone 32N|")],
];

/** The bytes of a TIFF, written by the specification (TIFF 6.0) and by no library. */
export function writeTiff(source: TiffSource): Uint8Array {
  const { width, height, bits, format, colours, samples, orientation = 1 } = source;
  const { channels = CHANNELS[colours], noData, georeference = [] } = source;
  const further = channels - CHANNELS[colours];
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
  const fields: Field[] = [
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
    ...(further > 0 ? [[338, SHORT, Array(further).fill(0)] as const] : []),
    [339, SHORT, shorts([format])],
    ...georeference,
    ...(noData === undefined ? [] : [[42113, ASCII, ascii(noData)] as const]),
  ];
  return withDirectory(pixels, fields);
}

/** Header, pixels from byte 8 on, the directory of fields, and the values that do not fit into it. */
function withDirectory(
  pixels: Uint8Array,
  fields: readonly Field[],
): Uint8Array {
  const start = 8 + pixels.length + pixels.length % 2;
  let spill = start + 2 + 12 * fields.length + 4;
  const size = (type: number, count: number) => BYTES[type]! * count;
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
      if (type === ASCII) view.setUint8(at + k, value);
      else if (type === DOUBLE) view.setFloat64(at + 8 * k, value, true);
      else if (type === SHORT) view.setUint16(at + 2 * k, value, true);
      else view.setUint32(at + 4 * k, value, true);
    });
  }
  return file;
}
