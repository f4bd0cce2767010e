/**
 * Reads damaged files of every format until a count or a time is reached, and keeps those that did harm:
 *
 *     deno task fuzz [--seed 1] [--count 10000 | --seconds 60] [--target npz] [--keep folder]
 *
 * The count is of all targets together, or of the one that is named, and so are the seconds; slow
 * targets have a smaller share of the files (`share` in targets.ts). Two processes read at a time, one
 * a target.
 *
 * A file is harmful that crashes or hangs its reader (10 seconds of the processor), takes 1 GiB of memory,
 * gives an error without the project's wording or a result that cannot be right, or makes the reader write
 * where it should not.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzzTarget } from "./fuzz_target.ts";
import { type Files, writeFiles } from "./target.ts";
import { targets } from "./targets.ts";

const LANES = 2;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string" },
    seconds: { type: "string" },
    target: { type: "string" },
    keep: { type: "string", default: join(Deno.env.get("TMPDIR") ?? "/tmp", "seglab-fuzz") },
  },
});
const count = Number(values.count ?? (values.seconds === undefined ? 10_000 : Infinity));
const seconds = Number(values.seconds ?? Infinity);

const chosen = Object.entries(targets)
  .filter(([name]) => values.target === undefined || values.target === name);
if (chosen.length === 0 || !(count > 0) || !(seconds > 0)) {
  throw new RangeError(
    `Cannot fuzz: a positive count or time and one of ${
      Object.keys(targets).join(", ")
    } needed, got ` +
      `${values.count ?? values.seconds ?? ""} ${values.target ?? ""}`,
  );
}
const shares = chosen.reduce((sum, [, { share = 1 }]) => sum + share, 0);

let [read, harmful] = [0, 0];
const waiting = [...chosen];
const begun = performance.now();
await Promise.all(Array.from({ length: LANES }, lane));
console.log(
  `${read} files, ${harmful} harmful, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
);
Deno.exit(harmful === 0 ? 0 : 1);

/** Takes one target after another. */
async function lane(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await fuzz(...next);
}

async function fuzz(name: string, entry: typeof targets[string]): Promise<void> {
  const start = performance.now();
  const tally = await fuzzTarget({
    target: await entry.make(),
    seed: Number(values.seed),
    count: Math.ceil(count * (entry.share ?? 1) / shares),
    end: start + 1000 * seconds * Math.min(LANES, chosen.length) / chosen.length,
    keep: (files, number, fault) => keep(files, `${name}-${values.seed}-${number}`, fault),
  });
  const all = tally.read + tally.refused + tally.harmful;
  [read, harmful] = [read + all, harmful + tally.harmful];
  console.log(
    `${name}: ${tally.read} read, ${tally.refused} refused, ${tally.harmful} harmful; ` +
      `${(1000 * all / (performance.now() - start)).toFixed(0)} a second; ` +
      `at most ${tally.slowest.toFixed(1)} s and ${tally.peak.toFixed(0)} MiB`,
  );
}

function keep(files: Files, name: string, fault: string): void {
  const folder = join(values.keep, name.replaceAll(" ", "_"));
  Deno.mkdirSync(folder, { recursive: true });
  writeFiles(files, folder);
  Deno.writeTextFileSync(join(folder, "fault.txt"), fault);
  console.log(`${folder}: ${fault.split("\n").slice(0, 2).join(" | ").slice(0, 300)}`);
}
