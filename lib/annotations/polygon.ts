import { type Extent, NOTHING, type Patch } from "./patch.ts";

/** The corners of a polygon, x and y in turn, in pixels from the image's left upper corner. */
export type Polygon = readonly number[];

/** How much finer than pixels the boundary is drawn. */
const SCALE = 5;

/**
 * The pixels of a polygon by the rule of pycocotools (`rleFrPoly` in its maskApi.c, which COCO's
 * scores are made with): corners are rounded to fifths of a pixel, and edges drawn between them as
 * lines of one point for each fifth along their longer side. Where such a line passes from fifth 2 to
 * fifth 3 of a column of pixels, through its middle, it changes the column from outside to inside or
 * back at the first row whose middle is not above it. What lies outside of the image is cut off.
 */
export function polygonPatch(polygon: Polygon, { width, height }: Extent): Patch {
  const corners = Array.from({ length: polygon.length >> 1 }, (_, i) =>
    [
      Math.trunc(SCALE * polygon[2 * i]! + 0.5),
      Math.trunc(SCALE * polygon[2 * i + 1]! + 0.5),
    ] as const);
  const box = boxOf(corners, width, height);
  if (box === null) return NOTHING;
  const { left, top } = box;
  const bits = new Uint8Array(box.width * box.height);
  const change = (column: number, row: number) => {
    if (column < left || column >= left + box.width || row >= top + box.height) return;
    bits[(Math.max(row, top) - top) * box.width + column - left]! ^= 1;
  };
  corners.forEach((corner, i) => walk(corner, corners[(i + 1) % corners.length]!, change));
  for (let i = box.width; i < bits.length; i++) bits[i]! ^= bits[i - box.width]!;
  return { ...box, bits };
}

type Point = readonly [x: number, y: number];

/** The pixels around corners in fifths that lie in the image; null where there are none. */
function boxOf(corners: readonly Point[], width: number, height: number) {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of corners) {
    [x0, x1] = [Math.min(x0, x), Math.max(x1, x)];
    [y0, y1] = [Math.min(y0, y), Math.max(y1, y)];
  }
  const left = Math.max(0, Math.floor(x0 / SCALE) - 1);
  const top = Math.max(0, Math.floor(y0 / SCALE) - 1);
  const right = Math.min(width, Math.ceil(x1 / SCALE) + 1);
  const bottom = Math.min(height, Math.ceil(y1 / SCALE) + 1);
  if (!(left < right && top < bottom)) return null;
  return { left, top, width: right - left, height: bottom - top };
}

/** Goes along an edge in fifths and tells `change` each column's middle with the row that begins there. */
function walk(from: Point, to: Point, change: (column: number, row: number) => void): void {
  const [dx, dy] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
  const flat = dx >= dy;
  const steps = flat ? dx : dy;
  if (steps === 0) return;
  // The line is always computed from its left, or its upper, end: both ways give the same points.
  const flip = flat ? from[0] > to[0] : from[1] > to[1];
  const [start, end] = flip ? [to, from] : [from, to];
  const slope = flat ? (end[1] - start[1]) / dx : (end[0] - start[0]) / dy;
  const at = (step: number): Point => {
    const t = flip ? steps - step : step;
    return flat
      ? [start[0] + t, Math.trunc(start[1] + slope * t + 0.5)]
      : [Math.trunc(start[0] + slope * t + 0.5), start[1] + t];
  };
  let last = at(0);
  for (let step = 1; step <= steps; step++) {
    const next = at(step);
    if (next[0] !== last[0]) {
      const column = (Math.max(next[0], last[0]) - 3) / SCALE;
      if (Number.isInteger(column)) {
        change(column, Math.ceil((Math.min(next[1], last[1]) + 0.5) / SCALE - 0.5));
      }
    }
    last = next;
  }
}
