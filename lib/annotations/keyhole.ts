import type { Point } from "./simplify.ts";

/**
 * A region with holes as one polygon, for formats whose polygons have none: from the left of each hole a
 * slit goes left to what lies there, once to and once fro, which encloses nothing. Rings need not repeat
 * their first point. Null where a hole lies outside of the outer ring.
 */
export function keyhole(
  outer: readonly Point[],
  holes: readonly (readonly Point[])[],
): Point[] | null {
  const turned = holes.map((hole) => {
    const left = leftmost(hole);
    return [...hole.slice(left), ...hole.slice(0, left)];
  }).sort((a, b) => a[0]![0] - b[0]![0]); // so that what lies to the left of a hole is there already
  const polygon = [...outer];
  for (const hole of turned) {
    const slit = slitTo(hole[0]!, polygon);
    if (slit === null) return null;
    const { after, point } = slit;
    polygon.splice(after + 1, 0, point, ...hole, hole[0]!, point);
  }
  return polygon;
}

function leftmost(points: readonly Point[]): number {
  let found = 0;
  points.forEach(([x, y], i) => {
    const [least, row] = points[found]!;
    if (x < least || (x === least && y < row)) found = i;
  });
  return found;
}

/** Where a line from a point to the left meets a polygon first: behind which of its points, and where. */
function slitTo([x, y]: Point, polygon: readonly Point[]) {
  let after = -1;
  let nearest = -Infinity;
  polygon.forEach(([x0, y0], i) => {
    const [x1, y1] = polygon[(i + 1) % polygon.length]!;
    if (y0 === y1 || y < Math.min(y0, y1) || y > Math.max(y0, y1)) return;
    const crossing = x0 + (x1 - x0) * (y - y0) / (y1 - y0);
    if (crossing <= x && crossing > nearest) [after, nearest] = [i, crossing];
  });
  if (after < 0) return null;
  const point: Point = [Math.round(100 * nearest) / 100, y];
  return { after, point };
}
