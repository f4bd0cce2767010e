import { stream } from "../../lib/random.ts";
import type { Files, Target } from "./target.ts";
import { Reader, type Watched } from "./watched.ts";

const MAX_SECONDS = 10; // of the processor
const MAX_MEMORY = 1024; // MiB
const PATIENCE = { busy: 2 * MAX_SECONDS, idle: 60 };

/** Files that a process makes and reads before it is looked at. */
const BATCH = 64;

/** What a target's files did. */
export interface Tally {
  read: number;
  refused: number;
  harmful: number;
  /** Seconds of the processor for the slowest file. */
  slowest: number;
  /** MiB that a process held at most, with what was left of other files. */
  peak: number;
}

/** What is to be read of a target, and what becomes of harmful files. */
export interface Fuzzing {
  readonly target: Target;
  readonly seed: number;
  readonly count: number;
  /** When no more batches begin, as `performance.now()` has it. */
  readonly end: number;
  readonly keep: (files: Files, number: number, fault: string) => void;
}

/**
 * Reads a target's damaged files in batches. Where a batch crashes, hangs or takes too much, its files
 * are read one by one in another process, so that what is kept did harm alone.
 */
export async function fuzzTarget(fuzzing: Fuzzing): Promise<Tally> {
  const { target, seed, count, end, keep } = fuzzing;
  const tally: Tally = { read: 0, refused: 0, harmful: 0, slowest: 0, peak: 0 };
  const harm = (number: number, fault: string) => {
    tally.harmful++;
    keep(made(fuzzing, number), number, fault);
  };
  let reader = await Reader.start(target.name, PATIENCE);
  for (let from = 0; from < count && performance.now() < end;) {
    const to = Math.min(count, from + BATCH);
    const { replies, peak, ended } = await reader.batch(seed, from, to);
    const isLarge = peak > MAX_MEMORY;
    const suspects: number[] = [];
    for (const [i, { outcome, seconds }] of replies.entries()) {
      tally.slowest = Math.max(tally.slowest, seconds);
      if (typeof outcome === "object") harm(from + i, outcome.fault);
      else if (seconds > MAX_SECONDS) harm(from + i, `${seconds} seconds`);
      else {
        tally[outcome]++;
        if (isLarge) suspects.push(from + i);
      }
    }
    if (isLarge || ended !== undefined) {
      await reader[Symbol.asyncDispose]();
      if (ended !== undefined) suspects.push(from + replies.length);
      const guilty = await alone(fuzzing, suspects, harm);
      if (ended !== undefined && !guilty) harm(from + replies.length, `${ended}, not alone`);
      reader = await Reader.start(target.name, PATIENCE);
    } else tally.peak = Math.max(tally.peak, peak);
    from += replies.length + (ended === undefined ? 0 : 1);
  }
  await reader[Symbol.asyncDispose]();
  return tally;
}

/** Reads files one by one, each measured by itself; whether the last one did harm. */
async function alone(
  fuzzing: Fuzzing,
  numbers: readonly number[],
  harm: (number: number, fault: string) => void,
): Promise<boolean> {
  let reader = await Reader.start(fuzzing.target.name, PATIENCE);
  let isHarmful = false;
  for (const number of numbers) {
    const fault = faultOf(await reader.read(made(fuzzing, number)));
    isHarmful = fault !== undefined;
    if (fault === undefined) continue;
    harm(number, fault);
    await reader[Symbol.asyncDispose]();
    reader = await Reader.start(fuzzing.target.name, PATIENCE);
  }
  await reader[Symbol.asyncDispose]();
  return isHarmful;
}

/** Why a file that was read alone is harmful, if it is. */
export function faultOf({ replies: [reply], peak, ended }: Watched): string | undefined {
  if (!reply) return ended;
  if (typeof reply.outcome === "object") return reply.outcome.fault;
  if (peak > MAX_MEMORY) return `${peak.toFixed(0)} MiB of memory`;
  return reply.seconds > MAX_SECONDS ? `${reply.seconds} seconds` : undefined;
}

function made({ target, seed }: Fuzzing, number: number): Files {
  return target.make(stream(`${target.name}/${number}`, seed));
}
