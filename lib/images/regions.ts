import { IGNORE, type LabelMap } from "./image.ts";

/**
 * The regions of a label map [h, w] as runs: stretches of a row within one region, row by row from
 * left to right. Ignored pixels make runs too, of class IGNORE; a run begins where the one before ends.
 */
export interface Regions {
  /** The first run of each row, and after the last row the number of runs [h + 1]. */
  readonly rows: readonly number[];
  /** The column after the last one of each run [runs]. */
  readonly ends: readonly number[];
  /** The class of each run [runs]. */
  readonly classes: readonly number[];
  /** The number of each run's region, from 0 [runs]. */
  readonly regions: readonly number[];
  /** Pixels of each region [regions]. */
  readonly areas: readonly number[];
}

/**
 * Splits a label map [h, w] into regions. Pixels of one class and one instance id [h, w] are one
 * region, however many parts they have; where the id is 0, or there are no ids, the 8-connected
 * components of each class are regions: a pole that goes diagonally stays in one piece.
 */
export function regionsOf(map: LabelMap, instances: Uint16Array | null): Regions {
  const { rows, ends, classes, ids } = runsOf(map, instances);
  const parents = ends.map((_, run) => run);
  joinNeighbours(parents, rows, ends, (a, b) => {
    return classes[a] === classes[b] && ids[a] === 0 && ids[b] === 0;
  });
  if (instances) joinInstances(parents, classes, ids);
  const numbers = new Map<number, number>();
  const regions = parents.map((_, run) => {
    const root = rootOf(parents, run);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  const areas = new Array<number>(numbers.size).fill(0);
  for (let y = 0; y < map.height; y++) {
    let start = 0;
    for (let run = rows[y]!; run < rows[y + 1]!; run++) {
      areas[regions[run]!]! += ends[run]! - start;
      start = ends[run]!;
    }
  }
  return { rows, ends, classes, regions, areas };
}

function runsOf({ width, height, data }: LabelMap, instances: Uint16Array | null) {
  const rows = [0];
  const ends: number[] = [];
  const classes: number[] = [];
  const ids: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    const row = y * width;
    for (const end = row + width; i < end;) {
      const label = data[i]!;
      const id = instances === null ? 0 : instances[i]!;
      do i++; while (i < end && data[i] === label && (instances === null || instances[i] === id));
      ends.push(i - row);
      classes.push(label);
      ids.push(id);
    }
    rows.push(ends.length);
  }
  return { rows, ends, classes, ids };
}

/** Joins runs of neighbouring rows that touch, by an edge or a corner, where `same` is true. */
function joinNeighbours(
  parents: number[],
  rows: readonly number[],
  ends: readonly number[],
  same: (a: number, b: number) => boolean,
): void {
  const join = (above: number, run: number) => {
    if (same(above, run)) parents[rootOf(parents, run)] = rootOf(parents, above);
  };
  for (let y = 1; y + 1 < rows.length; y++) {
    const [first, last] = [rows[y]!, rows[y + 1]!];
    for (let above = rows[y - 1]!, run = first; above < first && run < last;) {
      join(above, run);
      if (ends[above]! < ends[run]!) above++;
      else if (ends[above]! > ends[run]!) run++;
      else { // they end in one column: each touches the other's neighbour by a corner
        if (run + 1 < last) join(above, run + 1);
        if (above + 1 < first) join(above + 1, run);
        above++;
        run++;
      }
    }
  }
}

function joinInstances(
  parents: number[],
  classes: readonly number[],
  ids: readonly number[],
): void {
  const firsts = new Map<number, number>();
  ids.forEach((id, run) => {
    if (id === 0) return;
    const key = id * (IGNORE + 1) + classes[run]!;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, run);
    else parents[run] = first;
  });
}

function rootOf(parents: number[], run: number): number {
  while (parents[run] !== run) run = parents[run] = parents[parents[run]!]!;
  return run;
}
