import { type ClassKey, IGNORE, type LabelMap } from "./image.ts";

/** An object of an image: one thing, or all that the image has of a class of stuff. */
export interface Segment {
  /** What its pixels are called in the image's map: a whole number from 1 to 2²⁴ - 1. */
  readonly id: number;
  /** The index of its class. */
  readonly class: number;
  /** It is a group of things that nobody has told apart; not so if not given. */
  readonly isCrowd?: boolean;
  /** How sure a network is of it, from 0 to 1; what somebody has drawn has none. */
  readonly score?: number;
}

/**
 * The objects of an image, none over another: each pixel has the id of its segment, or 0 where there is
 * none ("void", which neither training nor scores count).
 */
export interface Objects {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** The id of each pixel's segment, row by row [height, width]. */
  readonly data: Int32Array;
  /** What the ids mean; those that no pixel has are none of the image's. */
  readonly segments: readonly Segment[];
}

/** The names and colours of classes, and which of them are things and not stuff, by their indices. */
export interface ObjectKey extends ClassKey {
  /** True of a class of things, which are counted (cars); false of stuff, which is not (sky). */
  readonly things: readonly boolean[];
}

/** The largest id: what the colour of a pixel can hold, in which COCO's PNGs have ids. */
const MOST_ID = 2 ** 24 - 1;

/** Refuses objects whose map and segments do not belong together, or whose classes are unknown. */
export function checkObjects(objects: Objects, classes: number, doing: string): void {
  const { width, height, data, segments } = objects;
  if (data.length !== width * height) {
    throw new RangeError(
      `${doing}: an id for each of ${width}×${height} pixels needed, got ${data.length}`,
    );
  }
  const known = new Set<number>();
  for (const { id, class: index } of segments) {
    if (!Number.isInteger(id) || id < 1 || id > MOST_ID || known.has(id)) {
      const got = known.has(id) ? `${id} twice` : `${id}`;
      throw new RangeError(
        `${doing}: another whole id from 1 to ${MOST_ID} for each segment needed, got ${got}`,
      );
    }
    if (!Number.isInteger(index) || index < 0 || index >= classes) {
      throw new RangeError(
        `${doing}: classes from 0 to ${classes - 1} needed, got ${index} of segment ${id}`,
      );
    }
    known.add(id);
  }
  known.add(0);
  let unknown: number | undefined;
  eachRun(data, (id) => {
    if (!known.has(id)) unknown ??= id;
  });
  if (unknown === undefined) return;
  throw new RangeError(
    `${doing}: a segment for each id of the map (or 0 for none) needed, got none for ${unknown}`,
  );
}

/** Pixels of each segment by its id; those without pixels are not in it. */
export function areasOf({ data }: Pick<Objects, "data">): Map<number, number> {
  const areas = new Map<number, number>();
  eachRun(data, (id, from, to) => {
    if (id !== 0) areas.set(id, (areas.get(id) ?? 0) + to - from);
  });
  return areas;
}

/** Calls with each run of one id, which has pixels `from` up to but not `to`. */
function eachRun(
  data: Int32Array,
  visit: (id: number, from: number, to: number) => void,
): void {
  for (let i = 0, from = 0; i < data.length; from = i) {
    const id = data[i]!;
    do i++; while (data[i] === id);
    visit(id, from, i);
  }
}

/** The objects that have a pixel left. */
export function withPixels(objects: Objects): Objects {
  const areas = areasOf(objects);
  const segments = objects.segments.filter(({ id }) => areas.has(id));
  return segments.length === objects.segments.length ? objects : { ...objects, segments };
}

/** The class of each pixel's object [height, width], IGNORE where there is none. */
export function labelsOf({ width, height, data, segments }: Objects): LabelMap {
  const classes = new Map(segments.map((segment) => [segment.id, segment.class]));
  classes.set(0, IGNORE);
  const labels = new Uint8Array(data.length);
  eachRun(data, (id, from, to) => void labels.fill(classes.get(id)!, from, to));
  return { width, height, data: labels };
}

/** The things alone: pixels of stuff get the id 0. */
export function thingsAmong(objects: Objects, things: readonly boolean[]): Objects {
  const segments = objects.segments.filter((segment) => things[segment.class]);
  const kept = new Set(segments.map(({ id }) => id));
  return { ...objects, segments, data: objects.data.map((id) => kept.has(id) ? id : 0) };
}
