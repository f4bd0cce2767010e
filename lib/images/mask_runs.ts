import type { Objects } from "./objects.ts";

/**
 * The pixels of a region of an image as COCO has them: lengths of runs down the columns, from the left to
 * the right, of pixels outside and inside in turn, outside first.
 */
export interface MaskRuns {
  /** Columns of pixels of the image. */
  readonly width: number;
  /** Rows of pixels of the image. */
  readonly height: number;
  /** The lengths of the runs in pixels; they add up to the image's. */
  readonly counts: readonly number[];
}

/** The runs of a mask [height, width] that is 0 outside and another number inside. */
export function runsOfMask(mask: ArrayLike<number>, width: number, height: number): MaskRuns {
  const ends: number[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0, from = 0; y < height; from = y) {
      const isInside = mask[y * width + x] !== 0;
      do y++; while (y < height && (mask[y * width + x] !== 0) === isInside);
      if (isInside) addStretch(ends, x * height + from, x * height + y);
    }
  }
  return runsBetween(ends, width, height);
}

/** The runs of each of an image's objects by its id; those without pixels are not in it. */
export function runsOfObjects({ width, height, data }: Objects): Map<number, MaskRuns> {
  const all = new Map<number, number[]>();
  for (let x = 0; x < width; x++) {
    for (let y = 0, from = 0; y < height; from = y) {
      const id = data[y * width + x]!;
      do y++; while (y < height && data[y * width + x] === id);
      if (id === 0) continue;
      const ends = all.get(id) ?? [];
      all.set(id, ends);
      addStretch(ends, x * height + from, x * height + y);
    }
  }
  return new Map([...all].map(([id, ends]) => [id, runsBetween(ends, width, height)]));
}

/** Adds a stretch to where stretches begin and end, in turn; one that follows the last is joined to it. */
function addStretch(ends: number[], from: number, to: number): void {
  if (ends.length > 0 && ends.at(-1) === from) ends[ends.length - 1] = to;
  else ends.push(from, to);
}

function runsBetween(ends: readonly number[], width: number, height: number): MaskRuns {
  const counts = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  const rest = width * height - (ends.at(-1) ?? 0);
  return { width, height, counts: rest > 0 ? [...counts, rest] : counts };
}

/** Calls with where each stretch inside begins and where it ends, counted down the columns. */
export function eachStretch(
  { counts }: Pick<MaskRuns, "counts">,
  visit: (from: number, to: number) => void,
): void {
  for (let i = 0, at = 0; i < counts.length; at += counts[i++]!) {
    if (i % 2 === 1 && counts[i]! > 0) visit(at, at + counts[i]!);
  }
}

/** How many pixels are inside. */
export function areaOfRuns({ counts }: Pick<MaskRuns, "counts">): number {
  let area = 0;
  for (let i = 1; i < counts.length; i += 2) area += counts[i]!;
  return area;
}

/** How many pixels two regions of one image have in common. */
export function commonPixels(a: MaskRuns, b: MaskRuns): number {
  let common = 0;
  let [i, j] = [0, 0];
  let [leftA, leftB] = [a.counts[0] ?? 0, b.counts[0] ?? 0];
  while (i < a.counts.length && j < b.counts.length) {
    const step = Math.min(leftA, leftB);
    if (i % 2 === 1 && j % 2 === 1) common += step;
    leftA -= step;
    leftB -= step;
    if (leftA === 0) leftA = a.counts[++i] ?? 0;
    if (leftB === 0) leftB = b.counts[++j] ?? 0;
  }
  return common;
}

/** The box around a region as COCO has it, in pixels; all 0 of an empty one. */
export function boxOfRuns(
  runs: MaskRuns,
): readonly [left: number, top: number, width: number, height: number] {
  const { height } = runs;
  let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
  eachStretch(runs, (from, to) => {
    const [first, last] = [Math.floor(from / height), Math.floor((to - 1) / height)];
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    top = Math.min(top, first === last ? from % height : 0);
    bottom = Math.max(bottom, first === last ? (to - 1) % height + 1 : height);
  });
  return right === 0 ? [0, 0, 0, 0] : [left, top, right - left, bottom - top];
}
