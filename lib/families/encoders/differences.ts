import type { NDArray } from "../../array.ts";

/** Scales of whole layer norms are around 1, differences between two trainings' far below this. */
const LEAST = 0.05;

/**
 * Whether an encoder's tensors, below a path, are differences to another's weights: the scales of its norms are
 * next to 0, on average.
 */
export function areDifferences(tensors: ReadonlyMap<string, NDArray>, path: string): boolean {
  let [sum, count] = [0, 0];
  for (const [name, { data }] of tensors) {
    if (!name.startsWith(path) || !/(^|\.)norm\d?\.weight$/.test(name)) continue;
    for (const scale of data) sum += Math.abs(scale);
    count += data.length;
  }
  return count > 0 && sum / count < LEAST;
}

/** Refuses tensors of a network whose encoder, below a path, is differences to another's weights. */
export function requireWhole(tensors: ReadonlyMap<string, NDArray>, path: string): void {
  if (!areDifferences(tensors, path)) return;
  throw new TypeError(
    `the encoder's whole weights needed, got differences to those that its training began from (its norms are ` +
      `near 0, as in tue-mps' EoMT on DINOv3): openDifferences (export with --base, Meta's DINOv3 of the same ` +
      `size) adds them`,
  );
}
