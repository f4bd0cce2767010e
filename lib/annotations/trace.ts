import type { LabelMap } from "../images/image.ts";
import { componentsOf } from "./components.ts";

/**
 * A part of a boundary between two corners of pixels at which three or more boundaries meet, or a whole
 * one that meets none: corners `y · (width + 1) + x` one pixel's side apart. The regions of both sides
 * have the same corners; the one of them goes through them in turn, the other back.
 */
export interface Piece {
  readonly corners: readonly number[];
  /** Whether it ends where it begins and meets nothing; the first corner stands at the end again. */
  readonly closed: boolean;
}

/** A closed boundary, clockwise as rows count downwards around a region, the other way around a hole. */
export type Ring = readonly Piece[];

/** Pixels of one label that touch each other with their sides, and their boundary. */
export interface TracedRegion {
  readonly label: number;
  /** Pixels. */
  readonly area: number;
  readonly outer: Ring;
  readonly holes: readonly Ring[];
}

/** Steps right, down, left and up. */
const DX = [1, 0, -1, 0] as const;
const DY = [0, 1, 0, -1] as const;

/**
 * The regions of a label map with their boundaries along the sides of pixels. What touches with corners
 * alone is of two regions, so that a boundary may meet itself in a corner and never crosses itself.
 */
export function traceRegions(labels: LabelMap): TracedRegion[] {
  const { width, height, data } = labels;
  const { components, areas, first } = componentsOf(labels);
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? -1 : components[y * width + x]!;
  const outers = new Array<Ring>(areas.length);
  const holes = Array.from(areas, (): Ring[] => []);
  const passed = new Uint8Array(width * height); // whose upper side was gone along
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = components[y * width + x]!;
      if (passed[y * width + x] || at(x, y - 1) === own) continue;
      const corners = follow(x, y, own, at, (x, y) => void (passed[y * width + x] = 1), width + 1);
      const ring = piecesOf(corners, width + 1, at);
      // The first boundary that rows from the top meet is the outer one.
      if (outers[own] === undefined) outers[own] = ring;
      else holes[own]!.push(ring);
    }
  }
  return outers.map((outer, i) => ({
    label: data[first[i]!]!,
    area: areas[i]!,
    outer,
    holes: holes[i]!,
  }));
}

type At = (x: number, y: number) => number;

/** Goes once around with the component on the right, from the upper left corner of one of its pixels. */
function follow(
  startX: number,
  startY: number,
  own: number,
  at: At,
  pass: (x: number, y: number) => void,
  stride: number,
): number[] {
  const corners: number[] = [];
  let [x, y, direction] = [startX, startY, 0];
  do {
    corners.push(y * stride + x);
    if (direction === 0) pass(x, y);
    [x, y] = [x + DX[direction]!, y + DY[direction]!];
    const [left, right] = ahead(x, y, direction, at);
    // Right first: the pixel that is gone around is kept where others touch its corner.
    if (right !== own) direction = (direction + 1) % 4;
    else if (left === own) direction = (direction + 3) % 4;
  } while (x !== startX || y !== startY || direction !== 0);
  return corners;
}

/** The pixels ahead of a corner, to the left and to the right. */
function ahead(x: number, y: number, direction: number, at: At): readonly [number, number] {
  if (direction === 0) return [at(x, y - 1), at(x, y)];
  if (direction === 1) return [at(x, y), at(x - 1, y)];
  if (direction === 2) return [at(x - 1, y), at(x - 1, y - 1)];
  return [at(x - 1, y - 1), at(x, y - 1)];
}

/** Cuts a boundary where others meet it. */
function piecesOf(corners: readonly number[], stride: number, at: At): Ring {
  const meets = corners.flatMap((corner, i) =>
    isMeeting(corner % stride, Math.floor(corner / stride), at) ? [i] : []
  );
  if (meets.length === 0) return [{ corners: [...corners, corners[0]!], closed: true }];
  return meets.map((from, i) => {
    const to = meets[i + 1];
    const piece = to === undefined
      ? [...corners.slice(from), ...corners.slice(0, meets[0]! + 1)]
      : corners.slice(from, to + 1);
    return { corners: piece, closed: false };
  });
}

/** Whether three or four of the sides of pixels that end in a corner are boundaries. */
function isMeeting(x: number, y: number, at: At): boolean {
  const [a, b, c, d] = [at(x - 1, y - 1), at(x, y - 1), at(x, y), at(x - 1, y)];
  return Number(a !== b) + Number(b !== c) + Number(c !== d) + Number(d !== a) > 2;
}
