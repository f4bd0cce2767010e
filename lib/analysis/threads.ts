import { availableParallelism } from "node:os";
import type { LookOptions } from "./views.ts";

/** The threads that a use asks for; all of the processor's if it does not say. */
export function threadsOf({ threads = availableParallelism() }: LookOptions): number {
  if (Number.isInteger(threads) && threads > 0) return threads;
  throw new RangeError(`Cannot analyse: a number of threads from 1 on needed, got ${threads}`);
}
