import { IGNORE, type LabelMap } from "../images/image.ts";
import { regionsOf } from "../images/regions.ts";
import { distancesToBoundary } from "./distance_to_boundary.ts";

/** Labelled pixels of which two voices say something: networks, or one and the ground truth. */
export interface Counted {
  /** All of them. */
  readonly pixels: number;
  /** Where both say another class. */
  readonly differ: number;
  /** Where the first and where the second is right. */
  readonly right: readonly [number, number];
}

/** Pixels whose distance to the next boundary of the labels lies in a range. */
export interface AtDistance extends Counted {
  /** The nearest and the farthest in pixels; Infinity for no limit. */
  readonly range: readonly [number, number];
}

/** Objects of a range of sizes: connected components, or instances where the data has them. */
export interface OfSize extends Counted {
  /** The least area in pixels, and that from which objects are of the next range. */
  readonly range: readonly [number, number];
  readonly objects: number;
  /** Of how many the first, and the second, has at least half of the pixels right. */
  readonly found: readonly [number, number];
}

/** Pixels of which the voices say two other classes. */
export interface SaidPair extends Counted {
  /** What the first and what the second says. */
  readonly said: readonly [number, number];
}

/** The farthest pixels of the ranges of distances. */
const DISTANCES: readonly number[] = [1, 2, 4, 8, 16, 32, Infinity];
/** From which areas on objects are of the next size; COCO's 32² and 96² are among them. */
const AREAS: readonly number[] = [16, 32, 64, 96, 192].map((side) => side ** 2);
/** Cells of the map of positions; images are stretched to it. */
export const POSITIONS = { rows: 24, columns: 32 } as const;

/** Where two voices differ, and where each is right, added up image by image. IGNORE counts nowhere. */
export class DifferenceCounts {
  readonly #all = new Tally();
  readonly #distances = DISTANCES.map(() => new Tally());
  readonly #sizes = [0, ...AREAS].map(() => ({ tally: new Tally(), objects: 0, found: [0, 0] }));
  readonly #positions = Array.from(
    { length: POSITIONS.rows * POSITIONS.columns },
    () => new Tally(),
  );
  readonly #pairs = new Map<number, Tally>();

  /** Adds an image: labels and what both say [h, w], and the instances where there are any. */
  add(
    labels: LabelMap,
    [first, second]: readonly [LabelMap, LabelMap],
    instances: Uint16Array | null,
  ): void {
    requireSizes(labels, [first, second]);
    const { width, height } = labels;
    const distances = distancesToBoundary(labels);
    const regions = regionMap(labels, instances);
    const { rows, columns } = POSITIONS;
    for (let y = 0, i = 0; y < height; y++) {
      const row = Math.floor(y * rows / height) * columns;
      for (let x = 0; x < width; x++, i++) {
        const label = labels.data[i]!;
        if (label === IGNORE) continue;
        const [a, b] = [first.data[i]!, second.data[i]!];
        const verdict = (a !== b ? DIFFER : 0) | (a === label ? FIRST : 0) |
          (b === label ? SECOND : 0);
        this.#all.add(verdict);
        this.#distances[rangeOf(distances[i]!)]!.add(verdict);
        this.#positions[row + Math.floor(x * columns / width)]!.add(verdict);
        regions.tallies[regions.of[i]!]!.add(verdict);
        if (a !== b) this.#pair(a, b).add(verdict);
      }
    }
    for (const tally of regions.tallies) this.#addObject(tally);
  }

  /** All labelled pixels. */
  get all(): Counted {
    return this.#all.counted();
  }

  /** By distance to the next boundary of the labels, the nearest first. */
  get byDistance(): AtDistance[] {
    return this.#distances.map((tally, i) => {
      return { range: [(DISTANCES[i - 1] ?? 0) + 1, DISTANCES[i]!], ...tally.counted() };
    });
  }

  /** By the size of labelled objects, the smallest first. */
  get bySize(): OfSize[] {
    return this.#sizes.map(({ tally, objects, found }, i) => ({
      range: [AREAS[i - 1] ?? 1, AREAS[i] ?? Infinity],
      objects,
      found: [found[0]!, found[1]!],
      ...tally.counted(),
    }));
  }

  /** What both say where they differ, the most frequent pair first. */
  get pairs(): SaidPair[] {
    return [...this.#pairs].map(([key, tally]): SaidPair => {
      return { said: [key >> 8, key & 255], ...tally.counted() };
    }).sort((a, b) => b.pixels - a.pixels || a.said[0] - b.said[0] || a.said[1] - b.said[1]);
  }

  /** By the place in the image: rows of cells from the top, each from the left. */
  get byPosition(): Counted[][] {
    const { rows, columns } = POSITIONS;
    return Array.from({ length: rows }, (_, row) => {
      return this.#positions.slice(row * columns, (row + 1) * columns)
        .map((tally) => tally.counted());
    });
  }

  #pair(a: number, b: number): Tally {
    const key = a << 8 | b;
    const known = this.#pairs.get(key) ?? new Tally();
    this.#pairs.set(key, known);
    return known;
  }

  #addObject(object: Tally): void {
    const { pixels, right } = object.counted();
    if (pixels === 0) return; // not labelled
    const size = this.#sizes[AREAS.filter((area) => pixels >= area).length]!;
    size.tally.merge(object);
    size.objects++;
    right.forEach((count, voice) => {
      if (2 * count >= pixels) size.found[voice]!++;
    });
  }
}

/** What is true of a pixel, as bits. */
const [DIFFER, FIRST, SECOND] = [1, 2, 4];

/** Pixels by their verdicts. */
class Tally {
  readonly #counts = new Array<number>(8).fill(0);

  add(verdict: number): void {
    this.#counts[verdict]!++;
  }

  merge(other: Tally): void {
    other.#counts.forEach((count, verdict) => this.#counts[verdict]! += count);
  }

  counted(): Counted {
    const having = (bit: number) =>
      this.#counts.reduce((sum, count, verdict) => verdict & bit ? sum + count : sum, 0);
    const pixels = this.#counts.reduce((sum, count) => sum + count, 0);
    return { pixels, differ: having(DIFFER), right: [having(FIRST), having(SECOND)] };
  }
}

function rangeOf(distance: number): number {
  return DISTANCES.findIndex((farthest) => distance <= farthest);
}

/** The region of each pixel [h, w], and a tally for each region. */
function regionMap(labels: LabelMap, instances: Uint16Array | null) {
  const { rows, ends, regions, areas } = regionsOf(labels, instances);
  const of = new Uint32Array(labels.data.length);
  for (let y = 0; y < labels.height; y++) {
    const row = y * labels.width;
    let start = row;
    for (let run = rows[y]!; run < rows[y + 1]!; run++) {
      of.fill(regions[run]!, start, row + ends[run]!);
      start = row + ends[run]!;
    }
  }
  return { of, tallies: areas.map(() => new Tally()) };
}

function requireSizes(labels: LabelMap, said: readonly LabelMap[]): void {
  for (const { width, height } of said) {
    if (width === labels.width && height === labels.height) continue;
    throw new RangeError(
      `Cannot compare predictions: they need their labels' size ${labels.width}×` +
        `${labels.height}, got ${width}×${height}`,
    );
  }
}
