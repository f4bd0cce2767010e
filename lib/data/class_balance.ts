import type { Dataset } from "./dataset.ts";

/** How many pixels of a data set's labels each class has; `done` hears how many examples were read. */
export async function labelCounts(
  dataset: Dataset,
  done: (examples: number) => void = () => {},
): Promise<number[]> {
  const counts = new Array<number>(256).fill(0);
  for (let i = 0; i < dataset.length; i++) {
    for (const label of (await dataset.example(i)).labels.data) counts[label]!++;
    done(i + 1);
  }
  return counts.slice(0, dataset.classes.length);
}

/**
 * The weights with which each class that occurs has the same share in a mean over pixels, which has the
 * weight 1: all pixels / (classes that occur · those of the class), to four digits. What never occurs has
 * the weight 0.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const occurring = counts.filter((count) => count > 0).length;
  if (occurring === 0) {
    throw new RangeError("Cannot balance classes: labels of at least one class needed, got none");
  }
  return counts.map((count) =>
    count === 0 ? 0 : Number((all / (occurring * count)).toPrecision(4))
  );
}
