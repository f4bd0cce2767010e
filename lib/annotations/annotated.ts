import type { Fault } from "../data/fault.ts";
import type { Colour, LabelMap } from "../images/image.ts";
import { areaOf, type Extent, paint, type Patch } from "./patch.ts";

/** The parts that data are divided in by who made them. */
export type Part = "train" | "val" | "test";

/** What a tool's files say about images, whatever its format. */
export interface Annotations {
  /** The format as its tool calls it. */
  readonly format: string;
  /** The file or folder that holds it. */
  readonly place: string;
  readonly categories: readonly Category[];
  readonly images: readonly AnnotatedImage[];
  /** What is wrong with entries of no image. */
  readonly faults: readonly Fault[];
}

/** What regions are of. */
export interface Category {
  readonly name: string;
  readonly colour?: Colour | undefined;
}

/** An image with what was drawn on it. */
export interface AnnotatedImage {
  readonly name: string;
  /** The image's file. */
  readonly file: string;
  /** The file of its annotations. */
  readonly source: string;
  /** The part that it belongs to; null where its tool has none. */
  readonly part: Part | null;
  /** Columns and rows as the tool says; null where it does not. */
  readonly size: Extent | null;
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
}

/** Pixels of a category. */
export interface Region {
  /** The index of the category. */
  readonly category: number;
  /** Regions of a higher level lie on those of lower ones. */
  readonly level: number;
  /** Whether it is a group of things that nobody has told apart. */
  readonly crowd: boolean;
  /** The pixels in an image of a size. */
  patch(size: Extent): Patch | Promise<Patch>;
}

/** Which of two regions of one level lies above: the smaller one, or the later one. */
export type Overlap = "area" | "order";

/**
 * Draws regions over a label, [height, width]: levels from the lowest, and within one the larger
 * regions first, so that small ones stay on top, or in the order in which they are stored. `labelOf` is
 * null for regions that are left out.
 */
export async function drawRegions(
  regions: readonly Region[],
  size: Extent,
  base: number,
  overlap: Overlap,
  labelOf: (region: Region) => number | null,
): Promise<LabelMap> {
  const drawn = [];
  for (const region of regions) {
    const label = labelOf(region);
    if (label === null) continue;
    const patch = await region.patch(size);
    drawn.push({ level: region.level, label, patch, area: overlap === "area" ? areaOf(patch) : 0 });
  }
  drawn.sort((a, b) => a.level - b.level || b.area - a.area); // which keeps the order of equals
  const map = { ...size, data: new Uint8Array(size.width * size.height).fill(base) };
  for (const { patch, label } of drawn) paint(patch, label, map);
  return map;
}

/** The part that a word in the name of a file, a folder or a subset means; null where it means none. */
export function partOf(word: string): Part | null {
  const parts = new Set(
    word.toLowerCase().split(/[^a-z]+/).flatMap((piece): Part[] =>
      /^(train|training)$/.test(piece)
        ? ["train"]
        : /^(val|valid|validation)$/.test(piece)
        ? ["val"]
        : /^(test|testing)$/.test(piece)
        ? ["test"]
        : []
    ),
  );
  return parts.size === 1 ? [...parts][0]! : null;
}
