/** Polynomial decay of the learning rate, with a warm-up as Segmenter's. */
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

/** Polynomial decay of the learning rate, with a warm-up as mmcv's. */
export interface MmcvSchedule {
  readonly base: number;
  readonly minimum: number;
  readonly power: number;
  /** The steps until the minimum would be reached, one after the last. */
  readonly total: number;
  /** The steps that rise to the curve, beginning at `ratio` of it. */
  readonly warmup: number;
  readonly ratio: number;
}

/**
 * The learning rate of a step, counted from 0, as mmcv's PolyLrUpdaterHook gives it with a linear
 * warm-up (mmcv/runner/hooks/lr_updater.py): the decay runs from step 0 on, and the warm-up multiplies
 * it by a share that grows from `ratio` to 1.
 */
export function mmcvPolynomial(step: number, schedule: MmcvSchedule): number {
  const { base, minimum, power, total, warmup, ratio } = schedule;
  const regular = (base - minimum) * (1 - step / total) ** power + minimum;
  return step < warmup ? regular * (1 - (1 - step / warmup) * (1 - ratio)) : regular;
}

/** A schedule with a warm-up as timm's. */
export interface WarmedSchedule {
  readonly base: number;
  readonly minimum: number;
  /** The steps until the minimum would be reached, one after the last. */
  readonly total: number;
  /** The steps that rise linearly from `from` to the base rate, in place of the curve's first ones. */
  readonly warmup: number;
  readonly from: number;
}

/**
 * The learning rate of a step, counted from 0, on half a cosine from base to minimum, as timm's
 * CosineLRScheduler gives it (one cycle, without `warmup_prefix`) and, without a warm-up, torch's
 * CosineAnnealingLR.
 */
export function cosine(step: number, schedule: WarmedSchedule): number {
  const { base, minimum, total } = schedule;
  if (step < schedule.warmup) return warmed(step, schedule);
  return minimum + (base - minimum) * (1 + Math.cos(Math.PI * Math.min(1, step / total))) / 2;
}

/** The base rate, once it is warm. */
export function constant(step: number, schedule: WarmedSchedule): number {
  return step < schedule.warmup ? warmed(step, schedule) : schedule.base;
}

/** Polynomial decay of the learning rate to 0, with a warm-up as EoMT's. */
export interface TwoStageSchedule {
  readonly base: number;
  readonly power: number;
  /** The steps until 0 would be reached, one after the last. */
  readonly total: number;
  /** The steps at 0 before the warm-up: those in which the rest warms up for the encoder, none for the rest. */
  readonly wait: number;
  /** The steps that rise linearly from 0 to the base rate. */
  readonly warmup: number;
}

/**
 * The learning rate of a step, counted from 0, as EoMT trains with (tue-mps/eomt
 * training/two_stage_warmup_poly_schedule.py): all but the encoder warms up first, then the encoder, and
 * base·(1 - t)^power falls over what is left behind each one's own warm-up.
 */
export function twoStage(step: number, schedule: TwoStageSchedule): number {
  const { base, power, total, wait, warmup } = schedule;
  if (step < wait) return 0;
  const begun = step - wait;
  if (begun < warmup) return base * begun / warmup;
  return base * (1 - (begun - warmup) / (total - wait - warmup)) ** power;
}

function warmed(step: number, { base, warmup, from }: WarmedSchedule): number {
  return from + (base - from) * step / warmup;
}
