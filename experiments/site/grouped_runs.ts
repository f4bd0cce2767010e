import type { FinishedRun } from "../../lib/runs/experiment.ts";

/** What a number is over seeds: a deviation (of the sample) only where there are several. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | null;
}

/** The finished runs of one name, which differ in the seed alone. */
export interface RunGroup {
  readonly name: string;
  readonly variant: string;
  readonly parameters: number;
  readonly steps: number;
  /** Between 0 and 1; null where no run was evaluated. */
  readonly mIoU: Spread | null;
  /** Images per second; null where it was not measured. */
  readonly speed: Spread | null;
  /** IoU between 0 and 1 by class, null where the class does not occur. */
  readonly perClass: Readonly<Record<string, Spread | null>>;
  readonly runs: readonly FinishedRun[];
}

/** Finished runs by their names, in the order of the first of each. */
export function groupedRuns(runs: readonly FinishedRun[]): RunGroup[] {
  return [...Map.groupBy(runs, ({ summary }) => summary.run)].map(([name, runs]) => {
    const { config, summary } = runs[0]!;
    const classes = [...new Set(runs.flatMap(({ summary }) => Object.keys(summary.perClass)))];
    return {
      name,
      variant: config.variant,
      parameters: summary.parameters,
      steps: summary.steps,
      mIoU: spreadOf(runs.map(({ summary }) => summary.final?.mIoU)),
      speed: spreadOf(runs.map(({ environment }) => environment.speeds["inference"])),
      perClass: Object.fromEntries(classes.map((name) => [
        name,
        spreadOf(runs.map(({ summary }) => summary.perClass[name])),
      ])),
      runs,
    };
  });
}

/** Mean and standard deviation of the values that are there; null where none is. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | null {
  const there = values.filter((value) => typeof value === "number");
  if (there.length === 0) return null;
  const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
  const squares = there.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: there.length > 1 ? Math.sqrt(squares / (there.length - 1)) : null };
}
