import type { RawLabels } from "../images/decode.ts";
import type { Colour, Image, LabelMap } from "../images/image.ts";
import { counted, listed } from "../words.ts";

/** What raw label values (or packed colours, see `colourKey`) mean: key → class index or IGNORE. */
export type LabelTable = ReadonlyMap<number, number>;

/** A colour as one number, the key of a colour in a LabelTable. */
export function colourKey(red: number, green: number, blue: number): number {
  return (red << 16) | (green << 8) | blue;
}

/** The colour of a key that `colourKey` made. */
export function keyColour(key: number): Colour {
  return [key >> 16, (key >> 8) & 255, key & 255];
}

/** A raw value, or the colour (r, g, b) of a packed one. */
export function keyText(key: number, channels: RawLabels["channels"]): string {
  return channels === 1 ? `${key}` : `(${keyColour(key).join(", ")})`;
}

/** The text of a key after what it is: value or colour. */
export function showKey(key: number, channels: RawLabels["channels"]): string {
  return `${keyKind(channels)} ${keyText(key, channels)}`;
}

function keyKind(channels: RawLabels["channels"]): string {
  return channels === 1 ? "value" : "colour";
}

/** The key of a pixel: its value, or its colour as `colourKey` packs it. */
export function keyAt({ channels, data }: RawLabels, pixel: number): number {
  const at = 3 * pixel;
  return channels === 1 ? data[pixel]! : colourKey(data[at]!, data[at + 1]!, data[at + 2]!);
}

/** The table of masks of values alone; a coloured mask is a RangeError that says what it should be. */
export function valuesOnly(
  table: LabelTable,
  needs: string,
): (raw: RawLabels, file: string) => LabelTable {
  return ({ channels }, file) => {
    if (channels === 1) return table;
    throw new RangeError(
      `Cannot read ${file}: needs a grey or palette PNG of ${needs}, got an RGB image; describe a ` +
        `folder of coloured masks by a JSON file instead (see data/README.md)`,
    );
  };
}

/** Throws a RangeError that names both files when a mask is not of its image's size. */
export function checkSizes(
  image: Pick<Image, "width" | "height">,
  imageFile: string,
  labels: RawLabels,
  labelFile: string,
): void {
  if (image.width === labels.width && image.height === labels.height) return;
  throw new RangeError(
    `Cannot pair ${imageFile} with ${labelFile}: needs a mask of the image's ` +
      `${image.width}×${image.height} pixels, got ${labels.width}×${labels.height}; ` +
      `resize the mask with nearest neighbour, never smoothly`,
  );
}

/**
 * Raw labels [height, width, channels] to class indices [height, width] by the table. A value
 * outside of it is a RangeError that says which file, which values and how many pixels.
 */
export function labelMapOf(raw: RawLabels, table: LabelTable, file: string): LabelMap {
  const { width, height } = raw;
  const classes = new Uint8Array(width * height);
  const unknown = new Map<number, number>();
  let last = -1;
  let index: number | undefined;
  for (let i = 0; i < classes.length; i++) {
    const key = keyAt(raw, i);
    if (key !== last) { // labels come in runs: look each run up once
      last = key;
      index = table.get(key);
    }
    if (index === undefined) unknown.set(key, (unknown.get(key) ?? 0) + 1);
    else classes[i] = index;
  }
  if (unknown.size > 0) throw outside(unknown, raw, table, file);
  return { width, height, data: classes };
}

function outside(
  unknown: ReadonlyMap<number, number>,
  { channels }: RawLabels,
  table: LabelTable,
  file: string,
): RangeError {
  const kind = keyKind(channels);
  const worst = [...unknown.keys()].sort((a, b) => unknown.get(b)! - unknown.get(a)! || a - b);
  return new RangeError(
    `Cannot use the labels of ${file}: needs ${kind}s of the classes or the ignored one ` +
      `(${listed([...table.keys()], (key) => keyText(key, channels))}), got ` +
      listed(
        worst,
        (key) => `${showKey(key, channels)} in ${counted(unknown.get(key)!, "pixel")}`,
      ) +
      `; correct the mask, or describe the ${kind} as a class or as the ignored one`,
  );
}
