/** A field of a TIFF's directory. */
export interface TiffField {
  readonly tag: number;
  readonly type: keyof typeof types;
  readonly values: readonly number[];
}

/** TIFF 6.0's types: their numbers, and the bytes of a value. */
const types = {
  ascii: { code: 2, bytes: 1 },
  short: { code: 3, bytes: 2 },
  long: { code: 4, bytes: 4 },
  double: { code: 12, bytes: 8 },
} as const;

/** Bytes of the header, behind which the pixels lie. */
const HEADER = 8;

/** Where the pixels begin in a file of `tiffFile`. */
export const PIXELS_AT = HEADER;

/**
 * A little-endian TIFF of one image: header, pixels, the directory of fields, and behind it the values that
 * are longer than 4 bytes.
 */
export function tiffFile(pixels: Uint8Array, unsorted: readonly TiffField[]): Uint8Array {
  const fields = unsorted.toSorted((a, b) => a.tag - b.tag);
  const even = (length: number) => length + length % 2;
  const start = HEADER + even(pixels.length);
  const sizes = fields.map(({ type, values }) => even(types[type].bytes * values.length));
  const behind = start + 2 + 12 * fields.length + 4;
  const spilled = sizes.filter((size) => size > 4).reduce((sum, size) => sum + size, 0);
  const file = new Uint8Array(behind + spilled);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, start, true);
  file.set(pixels, HEADER);
  view.setUint16(start, fields.length, true);
  let free = behind;
  for (const [i, { tag, type, values }] of fields.entries()) {
    const entry = start + 2 + 12 * i;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, types[type].code, true);
    view.setUint32(entry + 4, values.length, true);
    const isBehind = sizes[i]! > 4;
    if (isBehind) view.setUint32(entry + 8, free, true);
    writeValues(view, isBehind ? free : entry + 8, type, values);
    if (isBehind) free += sizes[i]!;
  }
  return file;
}

function writeValues(
  view: DataView,
  at: number,
  type: TiffField["type"],
  values: readonly number[],
): void {
  for (const [k, value] of values.entries()) {
    const place = at + k * types[type].bytes;
    if (type === "ascii") view.setUint8(place, value);
    else if (type === "short") view.setUint16(place, value, true);
    else if (type === "long") view.setUint32(place, value, true);
    else view.setFloat64(place, value, true);
  }
}
