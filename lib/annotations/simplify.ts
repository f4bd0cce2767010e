import type { Piece } from "./trace.ts";

/** A point in pixels from the left upper corner of the image. */
export type Point = readonly [x: number, y: number];

/** A side of pixels or several in one direction, with the corners of pixels at its ends. */
interface Run {
  readonly from: Point;
  readonly to: Point;
  readonly length: number;
}

/**
 * The corners of a piece of boundary in its own direction, both ends included. With a tolerance in pixels
 * it is a line (Douglas and Peucker 1973) to which the middles of the pixels' sides and the corners of
 * things lie nearer: steps of slanting lines, which are no corners, are cut through. The
 * regions of both sides get the same line.
 */
export function simplified(piece: Piece, stride: number, tolerance: number): Point[] {
  const forward = isForward(piece);
  const corners = forward ? piece.corners : piece.corners.toReversed();
  const runs = runsOf(piece.closed ? turnedToFirst(corners) : corners, stride);
  const line = tolerance === 0
    ? [runs[0]!.from, ...runs.map(({ to }) => to)]
    : douglasPeucker(candidates(runs, piece.closed), tolerance);
  return forward ? line : line.reverse();
}

/** Whether the piece is in the direction in which both sides' lines are computed. */
export function isForward({ corners, closed }: Piece): boolean {
  if (closed) return isClockwise(corners);
  const [first, last] = [corners[0]!, corners.at(-1)!];
  return first === last ? corners[1]! < corners.at(-2)! : first < last;
}

/** A closed boundary is clockwise where its first corner, row by row, is left to the right. */
function isClockwise(corners: readonly number[]): boolean {
  const ring = corners.slice(0, -1);
  const first = indexOfLeast(ring);
  return ring[(first + 1) % ring.length]! === ring[first]! + 1;
}

function turnedToFirst(corners: readonly number[]): readonly number[] {
  const ring = corners.slice(0, -1);
  const first = indexOfLeast(ring);
  return [...ring.slice(first), ...ring.slice(0, first + 1)];
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0;
  values.forEach((value, i) => {
    if (value < values[least]!) least = i;
  });
  return least;
}

function runsOf(corners: readonly number[], stride: number): Run[] {
  const point = (corner: number): Point => [corner % stride, Math.floor(corner / stride)];
  const runs: Run[] = [];
  let start = 0;
  for (let i = 1; i < corners.length; i++) {
    const goesOn = i + 1 < corners.length &&
      corners[i + 1]! - corners[i]! === corners[i]! - corners[i - 1]!;
    if (goesOn) continue;
    runs.push({ from: point(corners[start]!), to: point(corners[i]!), length: i - start });
    start = i;
  }
  return runs;
}

/** The points that a line may go through and must not leave. A closed one begins at a corner if it can. */
function candidates(runs: readonly Run[], closed: boolean): Point[] {
  const points: Point[] = closed ? [] : [runs[0]!.from];
  let anchor = 0;
  let anchored = false;
  runs.forEach((run, i) => {
    points.push(middle(run.from, run.to, run.length));
    if (run.length > 1) points.push(middle(run.to, run.from, run.length));
    const isEnd = !closed && i === runs.length - 1;
    if (isEnd) points.push(run.to);
    else if (isCorner(runs, i, closed)) {
      if (!anchored) anchor = points.length;
      anchored = true;
      points.push(run.to);
    }
  });
  return closed ? [...points.slice(anchor), ...points.slice(0, anchor + 1)] : points;
}

/** The middle of the side of a pixel with which a run of so many begins. */
function middle([x, y]: Point, to: Point, length: number): Point {
  return [x + (to[0] - x) / length / 2, y + (to[1] - y) / length / 2];
}

/**
 * Whether the end of a run is a corner of a thing and not a step of a slanting line: these go right and
 * left in turn, one pixel in one of their directions.
 */
function isCorner(runs: readonly Run[], index: number, closed: boolean): boolean {
  const run = (i: number) => closed ? runs[(i + runs.length) % runs.length] : runs[i];
  const turn = (i: number) => {
    const [a, b] = [run(i), run(i + 1)];
    if (a === undefined || b === undefined) return 0;
    return Math.sign(
      (a.to[0] - a.from[0]) * (b.to[1] - b.from[1]) - (a.to[1] - a.from[1]) * (b.to[0] - b.from[0]),
    );
  };
  const own = turn(index);
  const isStep = (i: number, other: number) => run(i)!.length === 1 && turn(other) === -own;
  return !isStep(index, index - 1) && !isStep(index + 1, index + 1);
}

function douglasPeucker(points: readonly Point[], tolerance: number): Point[] {
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part;
    let [furthest, most] = [from, 0];
    for (let i = from + 1; i < to; i++) {
      const far = distance(points[i]!, points[from]!, points[to]!);
      if (far > most) [furthest, most] = [i, far];
    }
    if (furthest === from || most < tolerance) continue;
    kept[furthest] = 1;
    open.push([from, furthest], [furthest, to]);
  }
  return points.filter((_, i) => kept[i]);
}

/**
 * How far a point lies from a line between two, along the rows or along the columns, whichever the line
 * crosses: where it is half a pixel at most, the line leaves the middles of pixels on their sides.
 */
function distance([x, y]: Point, [x0, y0]: Point, [x1, y1]: Point): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const along = (x - x0) * dx + (y - y0) * dy;
  if (along <= 0) return Math.hypot(x - x0, y - y0);
  if (along >= dx * dx + dy * dy) return Math.hypot(x - x1, y - y1);
  return Math.abs((x - x0) * dy - (y - y0) * dx) / Math.max(Math.abs(dx), Math.abs(dy));
}
