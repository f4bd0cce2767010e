import type { Instance } from "../images/instances.ts";
import { areaOfRuns, commonPixels, type MaskRuns } from "../images/mask_runs.ts";

/** The IoUs from which a found instance is a drawn one: 0.5, 0.55 … 0.95, as numpy's linspace has them. */
export const IOU_THRESHOLDS: readonly number[] = Array.from(
  { length: 10 },
  (_, i) => i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);

/** The least and the greatest area in pixels of instances that count. */
export type AreaRange = readonly [least: number, most: number];

/** What became of the instances of one class that were found in an image, the surest first. */
export interface Matches {
  /** How sure the network is of each [found]. */
  readonly scores: readonly number[];
  /** 1 where one is right, by threshold [10, found]. */
  readonly right: Uint8Array;
  /** 1 where one counts neither as right nor as wrong, by threshold [10, found]. */
  readonly ignored: Uint8Array;
  /** Drawn instances that are to be found. */
  readonly wanted: number;
}

/** An image's instances of one class, and the IoU of each found one with each drawn one. */
export interface Overlapping {
  readonly found: readonly Instance[];
  readonly foundAreas: readonly number[];
  readonly truth: readonly Instance[];
  readonly truthAreas: readonly number[];
  /** By found instance, then by drawn one [found, drawn]. */
  readonly ious: readonly (readonly number[])[];
}

/** So many of the surest instances of a class are looked at in an image. */
export const MOST_FOUND = 100;

/** Sorts an image's found instances of a class by their scores, and compares them with the drawn ones. */
export function overlapping(truth: readonly Instance[], found: readonly Instance[]): Overlapping {
  const sorted = found.toSorted((a, b) => b.score! - a.score!).slice(0, MOST_FOUND);
  return {
    found: sorted,
    foundAreas: sorted.map(({ mask }) => areaOfRuns(mask)),
    truth,
    truthAreas: truth.map(({ mask }) => areaOfRuns(mask)),
    ious: maskIous(sorted, truth),
  };
}

/**
 * IoU of each found instance with each drawn one [found, drawn]; with a crowd the share of the found one
 * that lies in it.
 */
export function maskIous(
  found: readonly Instance[],
  truth: readonly Instance[],
): readonly (readonly number[])[] {
  const [own, others] = [found, truth].map((list) => list.map(({ mask }) => reachOf(mask)));
  return found.map(({ mask }, i) =>
    truth.map((other, j) => {
      const [a, b] = [own![i]!, others![j]!];
      if (a.to <= b.from || b.to <= a.from) return 0;
      const common = commonPixels(mask, other.mask);
      const union = other.isCrowd ? a.area : a.area + b.area - common;
      return common === 0 ? 0 : common / union;
    })
  );
}

/** Where a region begins and ends, counted down the columns, and its area: most pairs are far apart. */
function reachOf(mask: MaskRuns) {
  const { counts } = mask;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const after = counts.length % 2 === 1 ? counts.at(-1)! : 0;
  return { from: counts[0] ?? 0, to: total - after, area: areaOfRuns(mask) };
}

/**
 * Gives found instances to drawn ones as COCO's cocoeval does: the surest takes the drawn one with the
 * largest IoU that is free (of equals the last), at the threshold or above. Crowds, and drawn ones of
 * other areas, are only taken where nothing else is left, and who takes one is ignored, as are those of other areas
 * that take none. A crowd can be taken more than once.
 */
export function matchesOf(
  { found, foundAreas, truth, truthAreas, ious }: Overlapping,
  [least, most]: AreaRange,
): Matches {
  const isBeyond = (area: number) => area < least || area > most;
  const leftOut = truth.map(({ isCrowd }, j) => isCrowd === true || isBeyond(truthAreas[j]!));
  const order = [...truth.keys()].sort((a, b) => Number(leftOut[a]) - Number(leftOut[b]));
  const right = new Uint8Array(IOU_THRESHOLDS.length * found.length);
  const ignored = new Uint8Array(right.length);
  IOU_THRESHOLDS.forEach((threshold, t) => {
    const taken = new Set<number>();
    found.forEach((_, i) => {
      let best = Math.min(threshold, 1 - 1e-10);
      let match = -1;
      for (const j of order) {
        if (taken.has(j) && !truth[j]!.isCrowd) continue;
        if (match >= 0 && !leftOut[match] && leftOut[j]) break;
        if (ious[i]![j]! < best) continue;
        best = ious[i]![j]!;
        match = j;
      }
      const at = t * found.length + i;
      if (match < 0) ignored[at] = isBeyond(foundAreas[i]!) ? 1 : 0;
      else {
        taken.add(match);
        right[at] = 1;
        ignored[at] = leftOut[match] ? 1 : 0;
      }
    });
  });
  const wanted = leftOut.filter((isLeftOut) => !isLeftOut).length;
  return { scores: found.map(({ score }) => score!), right, ignored, wanted };
}
