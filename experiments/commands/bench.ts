/** `deno task bench`: how fast Seglab is, beside PyTorch where there is one. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Command } from "commander";
import { writeAtomically } from "../../lib/files.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import { type Case, cases, type Timing } from "../bench/cases.ts";
import { type Contender, seglab, torch } from "../bench/contender.ts";
import { writeWeights } from "../bench/weights.ts";
import { median } from "../support/median.ts";
import { main, newCommand, whole } from "./command.ts";

/** A contender's medians over the interleaved rounds of a case. */
interface Measured {
  readonly ms: number;
  readonly check: number;
  readonly peakMiB: number;
}

const WARM_UPS = 4;
/** Idle threads of a contender spin for a while; the next one starts after they sleep. */
const PAUSE_MS = 300;

interface Options {
  readonly rounds: number;
  readonly threads: number;
  readonly python: string;
  readonly only: string;
  readonly json?: string;
}

/** The command. */
export function benchCommand(): Command {
  return newCommand("bench")
    .description("Measures inference and training steps, interleaved with PyTorch where found.")
    .option("--rounds <n>", "interleaved rounds of each case", whole(1), 15)
    .option("--threads <n>", "threads of every contender", whole(1), 2)
    .option("--python <path>", "a Python with torch and safetensors", "python3")
    .option("--only <text>", "only cases whose name holds this", "")
    .option("--json <file>", "also write the medians to a file")
    .action(bench);
}

async function bench({ rounds, threads, python, only, json }: Options): Promise<void> {
  const chosen = cases.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    throw new RangeError(
      `Cannot measure "${only}": a part of one of these names needed: ` +
        cases.map(({ name }) => name).join("; "),
    );
  }
  const interpreter = await findTorch(python);
  console.log(
    `${threads} threads, ${rounds} interleaved rounds after ${WARM_UPS} warm-ups, medians; load ` +
      `${loadavg()[0]!.toFixed(2)}` +
      (interpreter ? "" : "; no Python with torch found (--python), so Seglab alone"),
  );
  const results: Record<string, Record<string, Measured>> = {};
  for (const one of chosen) {
    results[one.name] = await measure(one, interpreter, threads, rounds);
    console.log(consoleTable([rowOf(one, results[one.name]!)]));
  }
  console.log(consoleTable(chosen.map((one) => rowOf(one, results[one.name]!))));
  if (json) await writeAtomically(json, JSON.stringify({ threads, rounds, results }, null, 2));
}

async function findTorch(python: string): Promise<string | null> {
  try {
    await promisify(execFile)(python, ["-c", "import torch, safetensors"]);
    return python;
  } catch {
    return null;
  }
}

/** One case: every contender in a process of its own, in turn. */
async function measure(one: Case, python: string | null, threads: number, rounds: number) {
  const folder = await mkdtemp(join(tmpdir(), "seglab-bench-"));
  const weights = await writeWeights(one, folder);
  const contenders: Record<string, Contender> = {
    seglab: await seglab(one, weights.seglab, threads),
  };
  if (python) {
    contenders.eager = await torch(python, one, weights.torch, threads, false);
    contenders.compiled = await torch(python, one, weights.torch, threads, true);
  }
  try {
    const timings: Record<string, Timing[]> = {};
    for (const [name, contender] of Object.entries(contenders)) {
      timings[name] = [];
      await contender.run(WARM_UPS);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [name, contender] of Object.entries(contenders)) {
        await sleep(PAUSE_MS);
        timings[name]!.push(await contender.run(1));
      }
    }
    const measured = Object.entries(timings).map(([name, all]) => [name, medians(all)] as const);
    return Object.fromEntries(measured);
  } finally {
    Object.values(contenders).forEach((contender) => contender.close());
    await rm(folder, { recursive: true, force: true });
  }
}

function medians(timings: readonly Timing[]): Measured {
  const { check, peakMiB } = timings.at(-1)!;
  return { ms: median(timings.flatMap(({ ms }) => ms)), check, peakMiB };
}

function rowOf({ name, batch }: Case, result: Readonly<Record<string, Measured>>): Row {
  const { seglab, eager, compiled } = result;
  const ratio = (a?: number, b?: number) => a && b ? (a / b).toFixed(2) : null;
  const ms = (measured?: Measured) => measured ? measured.ms.toFixed(0) : null;
  return {
    case: name,
    "images/s": (1000 * batch / seglab!.ms).toFixed(1),
    "Seglab ms": ms(seglab),
    "eager ms": ms(eager),
    "compiled ms": ms(compiled),
    "eager/Seglab": ratio(eager?.ms, seglab!.ms),
    "compiled/Seglab": ratio(compiled?.ms, seglab!.ms),
    "Seglab MiB": seglab!.peakMiB.toFixed(0),
    "eager MiB": eager ? eager.peakMiB.toFixed(0) : null,
    "memory Seglab/eager": ratio(seglab!.peakMiB, eager?.peakMiB),
    "difference of results": eager
      ? Math.abs(seglab!.check / eager.check - 1).toExponential(0)
      : null,
  };
}

if (import.meta.main) await main(benchCommand());
