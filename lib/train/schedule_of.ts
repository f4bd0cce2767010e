import type { Architecture } from "../families/family.ts";
import { inEncoder } from "../families/tuning.ts";
import type { TrainConfig } from "./config.ts";
import type { EncoderRate } from "./optimizer.ts";
import { constant, cosine, mmcvPolynomial, polynomial, twoStage } from "./schedule.ts";

/**
 * The learning rate of each step of a config, counted from 0: it decays to `minLr` at the last. A run that
 * was made longer follows the schedule of its first length up to there, and then that of the next length
 * as if it had been so from the beginning.
 */
export function scheduleOf(config: TrainConfig): (step: number) => number {
  return overLengths(config, (steps) => scheduleOfLength(config, steps));
}

/**
 * The learning rate of the encoder where it is another than the rest's: in two stages of warm-up, the second
 * of which takes twice the steps of the first, as EoMT's 500 and 1000. Null with any other schedule.
 */
export function encoderRateOf(
  config: TrainConfig,
  architecture: Architecture,
): EncoderRate | null {
  if (config.schedule !== "two-stage") return null;
  return {
    follows: inEncoder(architecture),
    lr: overLengths(config, (steps) => twoStageOfLength(config, steps, "encoder")),
  };
}

type Rate = (step: number) => number;

function overLengths(config: TrainConfig, rateOf: (steps: number) => Rate): Rate {
  const lengths = lengthsOf(config);
  const rates = lengths.map(rateOf);
  return (step) => rates.at(lengths.findIndex((length) => step < length))!(step);
}

function scheduleOfLength(config: TrainConfig, steps: number): Rate {
  const { lr, minLr, power, warmup, warmupRatio, schedule } = config;
  if (schedule === "two-stage") return twoStageOfLength(config, steps, "rest");
  if (warmup >= steps) {
    throw new RangeError(
      `Cannot schedule ${steps} steps: a warm-up of fewer steps needed, got ${warmup}`,
    );
  }
  const curve = { base: lr, minimum: minLr, power, total: steps, warmup };
  if (schedule !== "poly") {
    const from = minLr + (lr - minLr) * (warmupRatio ?? 0);
    const rate = schedule === "cosine" ? cosine : constant;
    return (step) => rate(step, { ...curve, from });
  }
  if (warmupRatio === null) return (step) => polynomial(step, { ...curve, every: 1 });
  if (minLr > 0) { // groups could not have a common lowest rate: see groupOf
    throw new RangeError(
      `Cannot schedule mmcv's warm-up: a lowest rate (minLr) of 0 needed, got ${minLr}`,
    );
  }
  return (step) => mmcvPolynomial(step, { ...curve, ratio: warmupRatio });
}

function twoStageOfLength(
  { lr: base, minLr, power, warmup: first }: TrainConfig,
  total: number,
  part: "encoder" | "rest",
): Rate {
  if (first === 0 || 3 * first >= total) {
    throw new RangeError(
      `Cannot warm up in two stages: a first one (warmup) of at least 1 step and less than a third of ` +
        `${total} steps needed, got ${first}; train for more steps: without a preset a tenth of them is the first`,
    );
  }
  if (minLr > 0) {
    throw new RangeError(
      `Cannot warm up in two stages: a lowest rate (minLr) of 0 needed, got ${minLr}`,
    );
  }
  const [wait, warmup] = part === "encoder" ? [first, 2 * first] : [0, first];
  return (step) => twoStage(step, { base, power, total, wait, warmup });
}

/** The lengths that a run has had, of which each is a step at which it comes to an end; the last is its own. */
export function lengthsOf({ continued, steps }: TrainConfig): readonly number[] {
  return [...continued ?? [], steps];
}
