import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import type { PublishedSet, PublishedSplit } from "./published_sets.ts";

/** What was found of a split. */
export interface SplitCount {
  readonly name: string;
  /** Pairs of image and mask that are there. */
  readonly pairs: number;
  /** Pairs that were published. */
  readonly published: number;
  /** How many pairs were decoded and checked. */
  readonly checked: number;
}

const SAMPLE = 16; // pairs of a split

/**
 * Opens each split that is in `root` by the data set's reader, which refuses images without masks
 * and masks without images, and decodes pairs spread over it, which refuses sizes that differ and
 * labels outside of the classes. A split that is not there counts 0; none at all is an error.
 */
export async function verify(set: PublishedSet, root: string): Promise<readonly SplitCount[]> {
  const counts: SplitCount[] = [];
  for (const split of set.splits) {
    const there = set.within.some((place) => existsSync(join(root, place, split.sign)));
    const dataset = there ? await split.open(root) : undefined;
    counts.push({
      name: split.name,
      pairs: dataset?.length ?? 0,
      published: publishedFor(dataset?.length ?? 0, split),
      checked: dataset ? await checkSample(dataset) : 0,
    });
  }
  if (counts.every(({ pairs }) => pairs === 0)) await set.splits[0]!.open(root); // its error says all
  return counts;
}

/** Of the published numbers the one that is meant: the first that is not below what is there. */
function publishedFor(pairs: number, split: PublishedSplit): number {
  return split.pairs.find((published) => published >= pairs) ?? split.pairs.at(-1)!;
}

async function checkSample(dataset: Dataset): Promise<number> {
  const count = Math.min(SAMPLE, dataset.length);
  for (let i = 0; i < count; i++) await dataset.example(Math.floor(i * dataset.length / count));
  return count;
}
