import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../../lib/statistics.ts";
import type { Timing } from "./cases.ts";
import type { Runner } from "./contender.ts";

/** A contender's medians over the interleaved rounds of a case. */
export interface Measured {
  readonly ms: number;
  readonly check: number;
  readonly peakMiB: number;
}

/** Idle threads of a contender spin for a while; the next one starts after they sleep. */
const PAUSE_MS = 300;

/** Runs contenders in turn, `rounds` times after so many warm-ups of each, and ends them. */
export async function interleaved(
  contenders: Readonly<Record<string, Runner>>,
  warmUps: number,
  rounds: number,
): Promise<Record<string, Measured>> {
  const all = Object.entries(contenders).map(([name, runner]) => {
    return { name, runner, timings: [] as Timing[] };
  });
  try {
    for (const { runner } of all) await runner.run(warmUps);
    for (let round = 0; round < rounds; round++) {
      for (const { runner, timings } of all) {
        await sleep(PAUSE_MS);
        timings.push(await runner.run(1));
      }
    }
  } finally {
    all.forEach(({ runner }) => runner.close());
  }
  return Object.fromEntries(all.map(({ name, timings }) => [name, medians(timings)]));
}

function medians(timings: readonly Timing[]): Measured {
  const { check, peakMiB } = timings.at(-1)!;
  return { ms: median(timings.flatMap(({ ms }) => ms)), check, peakMiB };
}

/** How many times as large, as a table shows it; null where there is nothing to compare with. */
export function ratio(a: number | undefined, b: number | undefined): string | null {
  return a && b ? (a / b).toFixed(2) : null;
}

/** How far the check values of two contenders are apart, as a share. */
export function difference(a: Measured, b: Measured | undefined): string | null {
  return b ? Math.abs(a.check / b.check - 1).toExponential(0) : null;
}
