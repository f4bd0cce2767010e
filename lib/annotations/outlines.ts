import type { LabelMap } from "../images/image.ts";
import { withoutIslands } from "./islands.ts";
import { keyhole } from "./keyhole.ts";
import { outlineFault } from "./outline.ts";
import type { Polygon } from "./polygon.ts";
import { isForward, type Point, simplified } from "./simplify.ts";
import { type Piece, type Ring, type TracedRegion, traceRegions } from "./trace.ts";

/** How label maps become polygons. */
export interface Outlining {
  /** How far a boundary may lie from that along the pixels' sides, in pixels; 0 keeps every side. */
  readonly tolerance: number;
  /** Regions of fewer pixels take the label around them. */
  readonly minArea: number;
}

/** A region of a label map as polygons, which need not repeat their first points. */
export interface Outline {
  readonly label: number;
  /** Pixels, before simplification. */
  readonly area: number;
  /** Clockwise, as rows count downwards. */
  readonly outer: readonly Point[];
  /** The other way. */
  readonly holes: readonly (readonly Point[])[];
  /** All of it as one polygon, by slits to the holes: see `keyhole`. */
  readonly polygon: Polygon;
}

/** So often the tolerance of a boundary is halved before it is 0. */
const HALVINGS = 3;

/** How much of the area between its outline and its holes a region may win or lose. */
const CHANGE = 0.25;

/**
 * The connected regions of a label map as polygons with holes. Neighbours share their boundaries, so that
 * their polygons leave no gaps, by the rule by which they are read again (`polygonPatch`). A boundary
 * that would cross itself, or take a quarter of its region's area, is simplified less.
 */
export function outlinesOf(labels: LabelMap, { tolerance, minArea }: Outlining): Outline[] {
  const lines = new Lines(labels, tolerance);
  const regions = traceRegions(minArea > 1 ? withoutIslands(labels, minArea) : labels);
  const outlines = new Map<TracedRegion, Outline>();
  for (let open = regions; open.length > 0;) {
    const changed = new Set<number>();
    for (const region of open) {
      const outline = outlineOf(region, lines);
      if (outline !== null && isSound(outline, labels)) outlines.set(region, outline);
      else for (const key of lines.halve([region.outer, ...region.holes].flat())) changed.add(key);
    }
    open = regions.filter(({ outer, holes }) =>
      changed.size > 0 && [outer, ...holes].flat().some((piece) => changed.has(lines.keyOf(piece)))
    );
  }
  return regions.map((region) => outlines.get(region)!);
}

/** The lines of pieces of boundaries, each for both of its sides. */
class Lines {
  readonly #lines = new Map<number, readonly Point[]>(); // forward
  readonly #halvings = new Map<number, number>();
  readonly #stride: number;

  constructor({ width }: LabelMap, private readonly tolerance: number) {
    this.#stride = width + 1;
  }

  /** The same for both sides of a piece: where it begins in forward direction, and which way it goes. */
  keyOf(piece: Piece): number {
    const { corners, closed } = piece;
    if (closed) return 4 * corners.reduce((a, b) => Math.min(a, b));
    const forward = isForward(piece);
    const [from, to] = forward ? [corners[0]!, corners[1]!] : [corners.at(-1)!, corners.at(-2)!];
    const ways = [1, this.#stride, -1, -this.#stride];
    return 4 * from + ways.indexOf(to - from);
  }

  /** The points of a ring, in its direction, none twice. */
  ring(pieces: Ring): Point[] {
    return pieces.flatMap((piece) => {
      const line = this.#line(piece);
      return (isForward(piece) ? line : line.toReversed()).slice(0, -1);
    });
  }

  /** Simplifies pieces less; gives the keys of those that change. */
  halve(pieces: readonly Piece[]): number[] {
    const keys = [...new Set(pieces.map((piece) => this.keyOf(piece)))];
    const left = keys.filter((key) => (this.#halvings.get(key) ?? 0) <= HALVINGS);
    for (const key of left) {
      this.#halvings.set(key, (this.#halvings.get(key) ?? 0) + 1);
      this.#lines.delete(key);
    }
    return left;
  }

  #line(piece: Piece): readonly Point[] {
    const key = this.keyOf(piece);
    const known = this.#lines.get(key);
    if (known) return known;
    const halvings = this.#halvings.get(key) ?? 0;
    const tolerance = halvings > HALVINGS ? 0 : this.tolerance / 2 ** halvings;
    const line = simplified(piece, this.#stride, tolerance);
    const forward = isForward(piece) ? line : line.reverse();
    this.#lines.set(key, forward);
    return forward;
  }
}

function outlineOf({ label, area, outer, holes }: TracedRegion, lines: Lines): Outline | null {
  const rings = { outer: lines.ring(outer), holes: holes.map((hole) => lines.ring(hole)) };
  const polygon = keyhole(rings.outer, rings.holes);
  return polygon && { label, area, ...rings, polygon: polygon.flat() };
}

/** Whether a reader has nothing to say of an outline, and its area is next to that of its pixels. */
function isSound({ area, outer, holes, polygon }: Outline, size: LabelMap): boolean {
  if (outer.length < 3 || holes.some((hole) => hole.length < 3)) return false;
  const enclosed = [outer, ...holes].reduce((sum, ring) => sum + signedArea(ring), 0);
  return Math.abs(enclosed - area) <= CHANGE * area && outlineFault(polygon, size) === null;
}

/** Positive where the ring is clockwise, as rows count downwards. */
function signedArea(ring: readonly Point[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    return sum + x * nextY - nextX * y;
  }, 0) / 2;
}
