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

/** Who takes part in a case: Seglab must, another one's cells stay empty where it cannot run. */
export interface Entry {
  readonly optional: boolean;
  start(): Promise<Runner>;
}

interface Started {
  readonly name: string;
  readonly runner: Runner;
  readonly timings: Timing[];
}

/**
 * Runs contenders in turn, `rounds` times after so many warm-ups of each, and ends them. An optional
 * one that fails until it is warm is left out, and `say` gets the reason.
 */
export async function interleaved(
  entries: Readonly<Record<string, Entry>>,
  warmUps: number,
  rounds: number,
  say: (text: string) => void = console.log,
): Promise<Record<string, Measured>> {
  const all: Started[] = [];
  try {
    for (const [name, entry] of Object.entries(entries)) {
      const runner = await warm(entry, warmUps).catch((error) => {
        if (!entry.optional) throw error;
        say(`${name} is left out: ${reason(error)}`);
        return null;
      });
      if (runner) all.push({ name, runner, timings: [] });
    }
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

/** A contender after its warm-ups. */
async function warm({ start }: Entry, warmUps: number): Promise<Runner> {
  const runner = await start();
  try {
    await runner.run(warmUps);
  } catch (error) {
    runner.close();
    throw error;
  }
  return runner;
}

/** What an error says first, and last, where Python's tracebacks name what was missing. */
function reason({ message }: Error): string {
  const lines = message.trim().split("\n");
  return [...new Set([lines[0], lines.at(-1)])].join(" … ");
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
