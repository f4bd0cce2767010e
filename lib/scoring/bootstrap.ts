import { stream } from "../random.ts";
import { nanMean } from "../statistics.ts";
import type { ClassTotals } from "./confusion.ts";

const RESAMPLES = 1000;

/**
 * The 95 % interval of mIoU(b) − mIoU(a), by a paired bootstrap: as many images are drawn as there
 * are, with replacement and the same ones for both, and mIoU is computed over their pixels, 1,000
 * times; the interval leaves out 2.5 % of the differences at either end. `a` and `b` hold the pixels
 * by class of each image [images]. The same images give the same interval.
 */
export function bootstrapDifference(
  a: readonly ClassTotals[],
  b: readonly ClassTotals[],
): readonly [number, number] {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `Cannot compare by resampling: it needs the same images twice, at least one, got ` +
        `${a.length} and ${b.length}`,
    );
  }
  const random = stream("compare/bootstrap", 1);
  const differences = Array.from({ length: RESAMPLES }, () => {
    const drawn = a.map(() => random.integer(0, a.length));
    return meanIou(b, drawn) - meanIou(a, drawn);
  }).filter((difference) => !Number.isNaN(difference)).sort((x, y) => x - y);
  const at = (share: number) => differences[Math.round(share * (differences.length - 1))] ?? NaN;
  return [at(0.025), at(0.975)];
}

/** mIoU over the images of these indices. */
function meanIou(images: readonly ClassTotals[], indices: readonly number[]): number {
  const classes = images[0]!.right.length;
  const intersections = new Float64Array(classes);
  const unions = new Float64Array(classes);
  for (const index of indices) {
    const { right, labelled, predicted } = images[index]!;
    for (let label = 0; label < classes; label++) {
      intersections[label]! += right[label]!;
      unions[label]! += labelled[label]! + predicted[label]! - right[label]!;
    }
  }
  return nanMean(Array.from(intersections, (count, label) => count / unions[label]!));
}
