import { shuffle, stream } from "../random.ts";
import type { Dataset } from "./dataset.ts";

/** A data set of some of another one's examples, in the order of `indices`. */
export function part(dataset: Dataset, indices: readonly number[], name: string): Dataset {
  const { source: _, instances, objects, ...rest } = dataset;
  return {
    ...rest,
    name,
    length: indices.length,
    example: (index) => dataset.example(indices[index]!),
    ...instances && { instances: (index: number) => instances(indices[index]!) },
    ...objects && { objects: (index: number) => objects(indices[index]!) },
  };
}

/**
 * A share of a data set's examples, drawn by a seed; a smaller share of the same seed is a part of a
 * larger one. The data set itself where the share is 1.
 */
export function shareOf(dataset: Dataset, share: number, seed: number): Dataset {
  if (share === 1) return dataset;
  const all = Array.from({ length: dataset.length }, (_, i) => i);
  const indices = shuffle(all, stream("data share", seed));
  const count = Math.max(1, Math.round(share * dataset.length));
  return part(dataset, indices.slice(0, count), `${dataset.name} (${100 * share} %)`);
}

/** How many neighbours are held out together, and out of how many. */
const HELD_OUT = { block: 12, every: 72 } as const;

/**
 * A training split in two, to choose settings by without the validation images: 12 neighbours of each 72
 * are held out ("val"), together, since neighbours of a video look alike.
 */
export function heldOut(dataset: Dataset, split: "train" | "val"): Dataset {
  const { block, every } = HELD_OUT;
  const isHeldOut = (index: number) => index % every >= every - block;
  const indices = Array.from({ length: dataset.length }, (_, i) => i)
    .filter((index) => isHeldOut(index) === (split === "val"));
  return part(dataset, indices, `${dataset.name}, ${split === "val" ? "held out" : "the rest"}`);
}
