import { counted, firstOf } from "../words.ts";
import type { Dataset, DiskSource } from "./dataset.ts";

/** The image files that stand in both of two data sets. */
export function sharedImages(
  train: Pick<DiskSource, "pairs"> | undefined,
  val: Pick<DiskSource, "pairs"> | undefined,
): readonly string[] {
  const learned = new Set(train?.pairs.map(({ image }) => image));
  return val?.pairs.map(({ image }) => image).filter((image) => learned.has(image)) ?? [];
}

/** What to do about images in both splits. */
export const HOLD_OUT = 'write "val": 0.2 into the description to hold out a fifth of them';

/** Refuses to train where images are both learned and measured on. */
export function requireApart(train: Dataset, val: Dataset): void {
  const shared = sharedImages(train.source, val.source);
  if (shared.length === 0) return;
  throw new RangeError(
    `Cannot train on ${train.name}: needs other images to validate on, since scores on images that ` +
      `were learned say nothing, got ${counted(shared.length, "image")} in both splits ` +
      `(${firstOf(shared, 3)}); ${HOLD_OUT}`,
  );
}
