import type { Fault } from "../data/fault.ts";
import { type Colour, IGNORE, type LabelMap } from "../images/image.ts";
import { type Objects, type Segment, withPixels } from "../images/objects.ts";
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
  /** Whether it is of things or of stuff, where its tool says it. */
  readonly thing?: boolean | undefined;
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
  /** What regions of one thing have in common, where a tool can say that several are. */
  readonly group?: number | string | undefined;
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
  const map = { ...size, data: new Uint8Array(size.width * size.height).fill(base) };
  for (const { patch, label } of await stacked(regions, size, overlap, labelOf)) {
    paint(patch, label, map);
  }
  return map;
}

/** A region's pixels, and its label. */
interface Layer {
  readonly label: number;
  readonly patch: Patch;
  readonly crowd: boolean;
  readonly group: number | string | undefined;
}

/** Regions in the order in which they are drawn, those that are left out of labels aside. */
async function stacked(
  regions: readonly Region[],
  size: Extent,
  overlap: Overlap,
  labelOf: (region: Region) => number | null,
): Promise<readonly Layer[]> {
  const drawn = [];
  for (const region of regions) {
    const label = labelOf(region);
    if (label === null) continue;
    const { level, crowd, group } = region;
    const patch = await region.patch(size);
    drawn.push({ level, crowd, group, label, patch, area: overlap === "area" ? areaOf(patch) : 0 });
  }
  return drawn.sort((a, b) => a.level - b.level || b.area - a.area); // which keeps the order of equals
}

/**
 * Regions as objects, drawn as `drawRegions` draws labels: a region of a class of things is one thing, or a
 * crowd, and so are all regions of one group and class; all pixels of a class of stuff are one object, as
 * are those without a region where `base` is a class. What is hidden is gone, what is ignored no object.
 */
export async function drawObjects(
  regions: readonly Region[],
  size: Extent,
  base: number,
  overlap: Overlap,
  labelOf: (region: Region) => number | null,
  things: readonly boolean[],
): Promise<Objects> {
  const segments: Segment[] = [];
  const together = new Map<string, number>();
  const idOf = ({ label, crowd, group }: Omit<Layer, "patch">): number => {
    if (label === IGNORE) return 0;
    const isThing = things[label]!;
    const key = isThing ? `${label} ${typeof group} ${group}` : `${label}`;
    const isShared = !isThing || group !== undefined;
    const known = isShared ? together.get(key) : undefined;
    if (known !== undefined) return known;
    const id = segments.length + 1;
    segments.push({ id, class: label, ...isThing && crowd && { isCrowd: true } });
    if (isShared) together.set(key, id);
    return id;
  };
  const ground = idOf({ label: base, crowd: true, group: undefined });
  const data = new Int32Array(size.width * size.height).fill(ground);
  for (const layer of await stacked(regions, size, overlap, labelOf)) {
    paint(layer.patch, idOf(layer), { ...size, data });
  }
  return withPixels({ ...size, data, segments });
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
