/** The power of the fall (EoMT, section 3.3). */
const POWER = 0.9;

/**
 * With which probability a query is held to its mask at a time of the training: surely before `start`, falling
 * between, and never from `end` on; all three in the same unit.
 */
export function maskProbability(time: number, start: number, end: number): number {
  if (time < start) return 1;
  return time >= end ? 0 : (1 - (time - start) / (end - start)) ** POWER;
}
