/** Polynomial decay of the learning rate. */
export interface PolynomialSchedule {
  readonly base: number;
  readonly minimum: number;
  readonly power: number;
  /** The steps until the minimum is reached. */
  readonly total: number;
  /** The steps that rise linearly to the curve. */
  readonly warmup: number;
  /** The rate changes every so many steps. */
  readonly every: number;
}

/**
 * The learning rate of a step, counted from 0, as in Segmenter's PolynomialLR
 * (segm/optim/scheduler.py): (base - minimum)·(1 - step / total)^power + minimum. Two traps of the
 * original are kept: step 0 has the base rate even with a warm-up, and after `total` the rate stays
 * what it was at the last change.
 */
export function polynomial(step: number, schedule: PolynomialSchedule): number {
  const { base, minimum, power, total, warmup, every } = schedule;
  const last = Math.min(step, total);
  const changed = last - last % every;
  if (changed === 0) return base;
  const curve = (at: number) => (1 - at / total) ** power;
  const factor = changed < warmup ? (changed / warmup) * curve(warmup) : curve(changed);
  return (base - minimum) * factor + minimum;
}
