import type { Fault } from "../data/fault.ts";
import { type Extent, type Patch, union } from "./patch.ts";
import { type Polygon, polygonPatch } from "./polygon.ts";

/** What is wrong with a shape. */
export type Wrong = Pick<Fault, "text" | "severity">;

const error = (text: string): Wrong => ({ text, severity: "error" });
const warning = (text: string): Wrong => ({ text, severity: "warning" });

/** By how much of a pixel a polygon may reach out of its image in silence. */
const TOLERANCE = 1;

/**
 * What is wrong with a polygon on an image. One without an area, beside the image or far out of it is
 * an error; one that reaches out of it, or crosses itself, is a warning: it is cut off, and what it
 * encloses twice lies outside of it.
 */
export function outlineFault(polygon: Polygon, { width, height }: Extent): Wrong | null {
  const count = polygon.length / 2;
  if (!Number.isInteger(count)) return error(`a polygon of ${polygon.length} coordinates`);
  if (count < 3) return error(`a polygon of ${count} point${count === 1 ? "" : "s"}`);
  const bounds = boundsOf(polygon);
  const { left, top, right, bottom } = bounds;
  const sides = `x ${short(left)} to ${short(right)}, y ${short(top)} to ${short(bottom)}`;
  const of = `the ${width}×${height} pixels of the image`;
  if (right <= 0 || bottom <= 0 || left >= width || top >= height) {
    return error(`a polygon beside ${of} (${sides})`);
  }
  const out = Math.max(-left, -top, right - width, bottom - height);
  if (out > Math.max(width, height)) return error(`a polygon far out of ${of} (${sides})`);
  const crossing = selfCrossing(polygon);
  if (crossing !== null) {
    return warning(`a polygon that crosses itself at (${crossing.map(short).join(", ")})`);
  }
  if (signedArea(polygon) === 0) return error(`a polygon without an area (${sides})`);
  return out > TOLERANCE ? warning(`a polygon that reaches out of ${of} (${sides})`) : null;
}

/** The pixels of polygons with corners in units of `unit(size)` pixels each way. */
export function outlinePatch(
  polygons: readonly Polygon[],
  unit: (size: Extent) => readonly [number, number] = () => [1, 1],
): (size: Extent) => Patch {
  return (size) => {
    const scale = unit(size);
    const scaled = (polygon: Polygon) => polygon.map((value, i) => value * scale[i % 2]!);
    return union(polygons.map((polygon) => polygonPatch(scaled(polygon), size)));
  };
}

/** A rectangle's corners; it is turned clockwise by degrees around its centre. */
export function rectangle(x0: number, y0: number, x1: number, y1: number, degrees = 0): Polygon {
  const corners = [x0, y0, x1, y0, x1, y1, x0, y1];
  return turned(corners, [(x0 + x1) / 2, (y0 + y1) / 2], degrees);
}

/** How many corners stand for an ellipse. */
const CORNERS = 180;

/** An ellipse as a polygon of 180 corners, turned clockwise by degrees around its centre. */
export function ellipse(x: number, y: number, rx: number, ry: number, degrees = 0): Polygon {
  const corners = Array.from({ length: CORNERS }, (_, i) => {
    const angle = 2 * Math.PI * i / CORNERS;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
  return turned(corners.flat(), [x, y], degrees);
}

/** Corners turned clockwise, as rows count downwards, around a point. */
export function turned(corners: Polygon, [x, y]: readonly [number, number], degrees: number) {
  if (degrees === 0) return corners;
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  return corners.map((value, i) => {
    const [dx, dy] = i % 2 === 0
      ? [value - x, corners[i + 1]! - y]
      : [corners[i - 1]! - x, value - y];
    return i % 2 === 0 ? x + dx * cos - dy * sin : y + dx * sin + dy * cos;
  });
}

function short(value: number): string {
  return `${Number(value.toFixed(1))}`;
}

function boundsOf(polygon: Polygon) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < polygon.length; i += 2) {
    [left, right] = [Math.min(left, polygon[i]!), Math.max(right, polygon[i]!)];
    [top, bottom] = [Math.min(top, polygon[i + 1]!), Math.max(bottom, polygon[i + 1]!)];
  }
  return { left, top, right, bottom };
}

function signedArea(polygon: Polygon): number {
  let area = 0;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    area += (polygon[j]! - polygon[0]!) * (polygon[i + 1]! - polygon[1]!) -
      (polygon[i]! - polygon[0]!) * (polygon[j + 1]! - polygon[1]!);
  }
  return area / 2;
}

interface Edge {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly left: number;
  readonly right: number;
}

/** Where two edges of a polygon cross; edges that touch do not. Null where none do. */
function selfCrossing(polygon: Polygon): readonly [number, number] | null {
  const at = (i: number) => [polygon[2 * i]!, polygon[2 * i + 1]!] as const;
  const count = polygon.length / 2;
  const edges = Array.from({ length: count }, (_, i): Edge => {
    const [from, to] = [at(i), at((i + 1) % count)];
    return { from, to, left: Math.min(from[0], to[0]), right: Math.max(from[0], to[0]) };
  }).sort((a, b) => a.left - b.left);
  for (const [i, edge] of edges.entries()) {
    for (let j = i + 1; j < edges.length && edges[j]!.left <= edge.right; j++) {
      const crossing = crossingOf(edge, edges[j]!);
      if (crossing !== null) return crossing;
    }
  }
  return null;
}

function crossingOf(a: Edge, b: Edge): readonly [number, number] | null {
  const [p, q, r, s] = [side(b, a.from), side(b, a.to), side(a, b.from), side(a, b.to)];
  if (!(p * q < 0 && r * s < 0)) return null;
  const t = p / (p - q);
  return [a.from[0] + t * (a.to[0] - a.from[0]), a.from[1] + t * (a.to[1] - a.from[1])];
}

/** On which side of an edge a point lies, by the sign. */
function side({ from, to }: Edge, [x, y]: readonly [number, number]): number {
  return (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]);
}
