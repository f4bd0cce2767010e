/**
 * Reads damaged files until a count or a time is reached, and keeps those that did harm:
 *
 *     deno run -A tests/fuzz/fuzz.ts [--seed 1] [--count 1000 | --seconds 60] [--target npz] [--keep folder]
 *
 * A file is harmful that crashes or hangs its reader (10 seconds), takes 1 GiB of memory, or gives
 * an error without the project's wording or a result that cannot be right.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "../../lib/random.ts";
import type { Files, Target } from "./target.ts";
import { targets } from "./targets.ts";
import { Reader, type Watched } from "./watched.ts";

const MAX_SECONDS = 10; // of the processor
const MAX_WAIT = 60; // seconds, however much else the machine does
const MAX_MEMORY = 1024; // MiB

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "1000" },
    seconds: { type: "string", default: "Infinity" },
    target: { type: "string" },
    keep: { type: "string", default: join(Deno.env.get("TMPDIR") ?? "/tmp", "seglab-fuzz") },
  },
});

/** What a target's files did. */
interface Tally {
  read: number;
  refused: number;
  harmful: number;
  slowest: number;
  peak: number;
}

let harmful = 0;
for (const [name, { make }] of Object.entries(targets)) {
  if (values.target !== undefined && values.target !== name) continue;
  const { read, refused, slowest, peak, ...tally } = await fuzz(await make());
  harmful += tally.harmful;
  console.log(
    `${name}: ${read} read, ${refused} refused, ${tally.harmful} harmful; ` +
      `at most ${slowest.toFixed(1)} s and ${peak.toFixed(0)} MiB`,
  );
}
Deno.exit(harmful === 0 ? 0 : 1);

async function fuzz(target: Target): Promise<Tally> {
  const tally: Tally = { read: 0, refused: 0, harmful: 0, slowest: 0, peak: 0 };
  const folder = await Deno.makeTempDir();
  const end = performance.now() + 1000 * Number(values.seconds);
  let reader = await Reader.start(target.name, MAX_WAIT);
  for (let i = 0; i < Number(values.count) && performance.now() < end; i++) {
    const files = target.make(stream(`${target.name}/${i}`, Number(values.seed)));
    const watched = await reader.read(await written(files, folder));
    const fault = faultOf(watched);
    if (fault === undefined) tally[watched.outcome as "read" | "refused"]++;
    else {
      tally.harmful++;
      await keep(files, `${target.name.replaceAll(" ", "_")}-${values.seed}-${i}`, fault);
      await reader[Symbol.asyncDispose]();
      reader = await Reader.start(target.name, MAX_WAIT);
    }
    tally.slowest = Math.max(tally.slowest, watched.seconds);
    tally.peak = Math.max(tally.peak, watched.peak);
  }
  await reader[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
  return tally;
}

function faultOf({ outcome, seconds, peak }: Watched): string | undefined {
  if (typeof outcome === "object") return outcome.fault;
  if (peak > MAX_MEMORY) return `${peak} MiB of memory`;
  return seconds > MAX_SECONDS ? `${seconds} seconds` : undefined;
}

/** Writes files into a folder and gives the path of the first. */
async function written(files: Files, folder: string): Promise<string> {
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  return join(folder, [...files.keys()][0]!);
}

async function keep(files: Files, name: string, fault: string): Promise<void> {
  const folder = join(values.keep, name);
  await mkdir(folder, { recursive: true });
  await written(files, folder);
  await writeFile(join(folder, "fault.txt"), fault);
  console.log(`${folder}: ${fault.split("\n").slice(0, 2).join(" | ").slice(0, 300)}`);
}
