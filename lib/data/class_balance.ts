import type { Random } from "../random.ts";
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

/** The examples of a data set that show each class, by the classes' order; some of a class or none. */
export async function examplesByClass(dataset: Dataset): Promise<number[][]> {
  const byClass = dataset.classes.map((): number[] => []);
  for (let i = 0; i < dataset.length; i++) {
    const shown = new Set((await dataset.example(i)).labels.data);
    for (const [label, examples] of byClass.entries()) if (shown.has(label)) examples.push(i);
  }
  if (byClass.every((examples) => examples.length === 0)) {
    throw new RangeError(
      `Cannot balance ${dataset.name}: labels of at least one class needed, got none`,
    );
  }
  return byClass;
}

/** An example, and the class that its crop has to show; null where any crop will do. */
export interface Draw {
  readonly index: number;
  readonly shown: number | null;
}

/** How many draws go by class: the others keep each example in every epoch (Zhu et al. 2019). */
const BY_CLASS = 0.5;

/**
 * Takes the example at `index`, or, half of the time, one of a class: each class that occurs is drawn as
 * often as any other, and each example that shows it (class-uniform sampling, Rota Bulò et al. 2018).
 */
export function balancedDraw(
  index: number,
  byClass: readonly (readonly number[])[],
  random: Random,
): Draw {
  if (random.uniform() >= BY_CLASS) return { index, shown: null };
  const occurring = byClass.keys().filter((label) => byClass[label]!.length > 0).toArray();
  const shown = occurring[random.integer(0, occurring.length)]!;
  const examples = byClass[shown]!;
  return { index: examples[random.integer(0, examples.length)]!, shown };
}

/** How many times rarer than with equal shares a class has to be to count as rare. */
const RARE = 4;

/** The classes that occur in less than a quarter of the pixels that each would have in equal shares. */
export function rareClasses(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const occurring = counts.filter((count) => count > 0).length;
  const least = all / occurring / RARE;
  return [...counts.keys()].filter((index) => counts[index]! > 0 && counts[index]! < least);
}
