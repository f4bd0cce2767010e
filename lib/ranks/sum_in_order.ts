import { bytesOf } from "../array.ts";
import type { Ranks } from "./ranks.ts";

/** A running sum, and what this rank adds to it. */
export interface Term {
  /** The same on all ranks, before and after. */
  readonly total: Float32Array;
  readonly own: Float32Array;
  /** What the total is multiplied by before each addition. */
  readonly keep: number;
}

/** Numbers that are passed on at once: a megabyte. While one rank adds them, the one before it has the next. */
const PASSED = 1 << 18;

/**
 * Adds what each rank has to the totals, in the order of the ranks: the bytes that one process gets which
 * adds one after the other, since sums of floats depend on their order. The totals go from rank to rank in
 * parts, and from the last to all.
 */
export function sumInOrder(ranks: Ranks, terms: readonly Term[]): void {
  const { rank, size } = ranks;
  for (const { total, own, keep } of terms) {
    for (let first = 0; first < total.length; first += PASSED) {
      const part = total.subarray(first, first + PASSED);
      if (rank > 0) ranks.receive(bytesOf(part), rank - 1);
      fold(part, own.subarray(first, first + PASSED), Math.fround(keep));
      if (rank < size - 1) ranks.send(bytesOf(part), rank + 1);
    }
  }
  for (const { total } of terms) ranks.broadcast(bytesOf(total), size - 1);
}

/** The sum of a number of each rank, added in their order, on all of them. */
export function numbersSummed(ranks: Ranks, before: number, own: number): number {
  const total = Float64Array.of(before);
  if (ranks.rank > 0) ranks.receive(bytesOf(total), ranks.rank - 1);
  total[0]! += own;
  if (ranks.rank < ranks.size - 1) ranks.send(bytesOf(total), ranks.rank + 1);
  ranks.broadcast(bytesOf(total), ranks.size - 1);
  return total[0]!;
}

function fold(total: Float32Array, own: Float32Array, keep: number): void {
  for (let i = 0; i < total.length; i++) {
    total[i] = Math.fround(total[i]! * keep) + own[i]!; // rounded after each, as float32's are
  }
}
