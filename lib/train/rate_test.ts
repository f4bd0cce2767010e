import { NotFinite } from "./checked_norm.ts";
import { train, type TrainTask } from "./train.ts";

/** The loss of a training whose rate rises by the same factor from step to step. */
export interface RateTest {
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  /** The losses as a moving average, which is compared. */
  readonly smoothed: readonly number[];
  /** The rate at which the smoothed loss falls fastest over the rate's logarithm. */
  readonly steepest: number;
  /** The rate of the lowest smoothed loss. */
  readonly lowest: number;
  /** The steepest rate, or a tenth of the lowest one's where that is less. */
  readonly suggestion: number;
}

/** What a rate test needs of a training. */
export interface RateTestTask
  extends Pick<TrainTask, "config" | "architecture" | "dataset" | "initial" | "stop"> {
  /** Hears of each step, counted from 1. */
  readonly onStep?: (step: number, loss: number, rate: number) => void;
}

/** How many steps a test has at most. */
export const RATE_STEPS = 100;

const FIRST = 1e-6;
const LAST = 10;
const DIVERGED = 4; // times the lowest smoothed loss
const AROUND = 3; // steps to either side, between which the loss falls
const KEPT = 0.8; // of the moving average in a step

/** The rate of a step of a test, counted from 0. */
export function testedRate(step: number): number {
  return FIRST * (LAST / FIRST) ** (step / (RATE_STEPS - 1));
}

/**
 * The learning rate range test (Smith 2017, Cyclical Learning Rates): a training over 100 steps whose rate
 * grows from 1e-6 to 10, until the loss is four times its lowest or not finite. Its weights are thrown away.
 */
export async function testRates(task: RateTestTask): Promise<RateTest> {
  const losses: number[] = [];
  const over = new AbortController();
  const config = { ...task.config, steps: RATE_STEPS, ema: null, validate: null };
  const training = train({
    ...task,
    config,
    learningRate: testedRate,
    stop: task.stop ? AbortSignal.any([task.stop, over.signal]) : over.signal,
    onStep: ({ step, lr, loss }) => {
      losses.push(loss);
      task.onStep?.(step, loss, lr);
      const smoothed = movingAverage(losses);
      if (smoothed.at(-1)! > DIVERGED * Math.min(...smoothed)) over.abort();
    },
  });
  await training.catch((error) => {
    if (task.stop?.aborted || !(over.signal.aborted || error instanceof NotFinite)) throw error;
  });
  return suggestedBy(losses);
}

/** Adam's moving average, free of its beginning at 0. */
function movingAverage(values: readonly number[]): number[] {
  let average = 0;
  return values.map((value, i) => {
    average = KEPT * average + (1 - KEPT) * value;
    return average / (1 - KEPT ** (i + 1));
  });
}

/** What the losses of a test suggest. Fewer than ten tell nothing: a RangeError. */
export function suggestedBy(losses: readonly number[]): RateTest {
  if (losses.length < 10) {
    throw new RangeError(
      `Cannot suggest a learning rate: 10 steps with a finite loss needed, got ${losses.length}`,
    );
  }
  const rates = losses.map((_, step) => testedRate(step));
  const smoothed = movingAverage(losses);
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  const fall = (step: number) => smoothed[step - AROUND]! - smoothed[step + AROUND]!;
  let steepest = AROUND;
  for (let step = AROUND; step < Math.min(lowest, losses.length - AROUND); step++) {
    if (fall(step) > fall(steepest)) steepest = step;
  }
  const found = { steepest: rates[steepest]!, lowest: rates[lowest]! };
  return {
    rates,
    losses,
    smoothed,
    ...found,
    suggestion: Math.min(found.steepest, found.lowest / 10),
  };
}
