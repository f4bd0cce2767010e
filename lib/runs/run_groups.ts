import { type Difference, differenceOf, pairedDifferenceOf, spreadOf } from "../statistics.ts";
import type { Experiment, FinishedRun } from "./experiment.ts";

/** The finished seeds of one run of an experiment, or of one of its trials. */
export interface RunGroup {
  /** The run's or the trial's name. */
  readonly name: string;
  /** Of whose networks it is: those that were trained, one a seed. */
  readonly seeds: readonly FinishedRun[];
  /** The scores of the seeds, shares of 1. */
  readonly mIoU: readonly number[];
  readonly perClass: readonly Readonly<Record<string, number | null>>[];
  readonly isTrial: boolean;
}

/** Runs by name, in their order, and behind each run the trials of its networks. */
export function groupsOf(
  runs: readonly FinishedRun[],
  { trials = {} }: Pick<Experiment, "trials">,
): RunGroup[] {
  return [...Map.groupBy(runs, ({ run }) => run)].flatMap(([name, seeds]) => {
    const own: RunGroup = {
      name,
      seeds,
      mIoU: seeds.map(({ summary }) => summary.final!.mIoU),
      perClass: seeds.map(({ summary }) => summary.perClass),
      isTrial: false,
    };
    const others = Object.keys(trials).filter((trial) => trials[trial]!.run === name)
      .map((trial): RunGroup => {
        const tested = seeds.filter((seed) => Object.hasOwn(seed.trials, trial));
        const scores = tested.map((seed) => seed.trials[trial]!);
        return {
          name: trial,
          seeds: tested,
          mIoU: scores.map(({ mIoU }) => mIoU),
          perClass: scores.map(({ perClass }) => perClass),
          isTrial: true,
        };
      }).filter(({ seeds }) => seeds.length > 0);
    return [own, ...others];
  });
}

/**
 * By how much mIoU of the first exceeds that of the second, shares of 1. Tests of the same networks are
 * compared network by network, and those that only one of both has tested are left out.
 */
export function differenceBetween(first: RunGroup, second: RunGroup): Difference {
  const pairs = first.seeds.flatMap(({ folder }, i): [number, number][] => {
    const k = second.seeds.findIndex((seed) => seed.folder === folder);
    return k < 0 ? [] : [[first.mIoU[i]!, second.mIoU[k]!]];
  });
  return pairs.length > 0 ? pairedDifferenceOf(pairs) : differenceOf(first.mIoU, second.mIoU);
}

/** The mean images per second of inference over the seeds; null where none were measured. */
export function inferenceSpeed(
  seeds: readonly Pick<FinishedRun, "environment">[],
): number | null {
  const speeds = seeds.flatMap(({ environment }) => environment.speeds["inference"] ?? []);
  return speeds.length === 0 ? null : spreadOf(speeds).mean;
}

/** The mean IoU of each class over the seeds, and its deviation where there are several. */
export function classSpreads({ perClass }: RunGroup) {
  const names = Object.keys(perClass[0]!);
  const means: Record<string, number | null> = {};
  const deviations: Record<string, number> = {};
  for (const name of names) {
    const values = perClass.flatMap((scores) => scores[name] ?? []);
    means[name] = values.length === 0 ? null : spreadOf(values).mean;
    if (values.length > 1) deviations[name] = spreadOf(values).deviation!;
  }
  return { perClass: means, deviations };
}
