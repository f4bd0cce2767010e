import { colourKey } from "../data/label_table.ts";
import type { RawLabels } from "../images/decode.ts";

/** How a mask's values lie beside one another, counted in pixels and borders. */
export interface Texture {
  /** Changes of value from a pixel to the next one in its row. */
  readonly borders: number;
  /** Pixels of another value than all four neighbours. */
  readonly isolated: number;
  /** Borders of two areas whose values are far enough apart for one in between. */
  readonly compared: number;
  /** Those of them where values in between lead from one area to the other. */
  readonly gradual: number;
}

/** Pixels of each raw value or packed colour of a mask, and its texture. */
export interface MaskCounts {
  readonly pixels: ReadonlyMap<number, number>;
  readonly texture: Texture;
}

/** A run of this many pixels is an area; shorter ones between two areas may be their blend. */
const AREA = 3;
/** A border that is wider than this many pixels has something else in it than a blend. */
const WIDEST = 8;

/** Counts the values of a mask [height, width, channels] and looks at its borders, row by row. */
export function countMask(raw: RawLabels): MaskCounts {
  const { width, height, channels } = raw;
  const keys = channels === 1 ? raw.data : packed(raw);
  const pixels = new Map<number, number>();
  let [borders, isolated, compared, gradual] = [0, 0, 0, 0];
  const row: Runs = { keys: new Int32Array(width), lengths: new Int32Array(width), count: 0 };
  for (let y = 0; y < height; y++) {
    row.count = 0;
    for (let x = 0; x < width;) {
      const at = y * width + x;
      const key = keys[at]!;
      let end = x + 1;
      while (end < width && keys[y * width + end] === key) end++;
      pixels.set(key, (pixels.get(key) ?? 0) + end - x);
      const inside = x > 0 && end < width && y > 0 && y < height - 1;
      if (inside && end === x + 1 && keys[at - width] !== key && keys[at + width] !== key) {
        isolated++;
      }
      [row.keys[row.count], row.lengths[row.count]] = [key, end - x];
      row.count++;
      x = end;
    }
    borders += row.count - 1;
    const found = blends(row, channels === 3);
    compared += found.compared;
    gradual += found.gradual;
  }
  return { pixels, texture: { borders, isolated, compared, gradual } };
}

interface Runs {
  readonly keys: Int32Array;
  readonly lengths: Int32Array;
  count: number;
}

/** The borders between areas of a row: how many there are, and how many are a blend of the two. */
function blends({ keys, lengths, count }: Runs, coloured: boolean) {
  let [compared, gradual, area, wide, blend] = [0, 0, -1, 0, true];
  for (let run = 0; run < count; run++) {
    if (lengths[run]! < AREA) {
      wide += lengths[run]!;
      continue;
    }
    if (area >= 0 && wide <= WIDEST && apart(keys[area]!, keys[run]!, coloured)) {
      blend = run > area + 1;
      for (let middle = area + 1; middle < run && blend; middle++) {
        blend = isBetween(keys[middle - 1]!, keys[middle]!, keys[run]!, coloured);
      }
      compared++;
      if (blend) gradual++;
    }
    [area, wide] = [run, 0];
  }
  return { compared, gradual };
}

function apart(a: number, b: number, coloured: boolean): boolean {
  return coloured ? a !== b : Math.abs(a - b) >= 2;
}

function isBetween(from: number, key: number, to: number, coloured: boolean): boolean {
  if (!coloured) return from < to ? from < key && key < to : from > key && key > to;
  return key !== from && key !== to && [16, 8, 0].every((shift) => {
    const [a, b, c] = [from, key, to].map((colour) => (colour >> shift) & 255) as [
      number,
      number,
      number,
    ];
    return Math.min(a, c) <= b && b <= Math.max(a, c);
  });
}

function packed({ width, height, data }: RawLabels): Int32Array {
  return Int32Array.from(
    { length: width * height },
    (_, i) => colourKey(data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!),
  );
}

// Measured on 120 masks of CamVid, 4 of ADE20K, 1 of Cityscapes and 180 of Scenes. As they are, at
// most 4 % of the borders (17 % of the few of a scene of 64 pixels) are gradual and at most 11 single
// pixels come on 100 borders, together 15. Resized smoothly they have 50 to 99 % gradual borders
// (bicubic on ADE20K less, which then counts as smeared). Saved as JPEG of quality 75 to 95 they have 10 to 55 % gradual ones and 5
// to 75 single pixels on 100, together 20 and more.
const RESIZED = 0.6;
const SMEARED = 0.17;
/** Borders without fault that are thought added to a mask's own, so that few of them prove little. */
const DOUBT = 30;

/** Whether a mask looks resized smoothly or smeared by JPEG, which both invent values. */
export function damageOf({ borders, isolated, compared, gradual }: Texture): Damage | undefined {
  const blended = gradual / (compared + DOUBT);
  if (blended >= RESIZED) return "resized";
  return blended + isolated / (borders + DOUBT) >= SMEARED ? "smeared" : undefined;
}

/** What happened to a mask that has invented values. */
export type Damage = "resized" | "smeared";
