/** The smoke form of the fuzzer: some files of each target, in this process and in a watched one. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { stream } from "../../lib/random.ts";
import { type Outcome, outcomeOf, type Target } from "./target.ts";
import { targets as entries } from "./targets.ts";
import { Reader } from "./watched.ts";

const targets = await Promise.all(Object.values(entries).map(({ make }) => make()));
/** Networks take longer; damage to PNGs has many kinds. */
const COUNTS: Readonly<Record<string, number>> = { "networks": 20, "label png": 400 };

/** Writes a target's file of a number and gives its path in a folder. */
async function written(target: Target, number: number, folder: string): Promise<string> {
  const files = target.make(stream(`smoke/${target.name}/${number}`, 1));
  for (const [name, bytes] of files) await Deno.writeFile(join(folder, name), bytes);
  return join(folder, [...files.keys()][0]!);
}

for (const target of targets) {
  const count = COUNTS[target.name] ?? 100;
  Deno.test(`${count} damaged files are read, or refused with the reason: ${target.name}`, async () => {
    const folder = await Deno.makeTempDir();
    const outcomes: Outcome[] = [];
    for (let i = 0; i < count; i++) {
      outcomes.push(await outcomeOf(target, await written(target, i, folder)));
    }
    await Deno.remove(folder, { recursive: true });
    assertEquals(outcomes.filter((outcome) => typeof outcome === "object"), []);
    // Damage is light enough that some are read still.
    assert(outcomes.includes("read") && outcomes.includes("refused"));
  });
}

Deno.test("make() gives the same bytes when the random numbers are the same", () => {
  for (const target of targets) {
    const [first, again] = [1, 2].map(() => target.make(stream("again", 3)));
    assertEquals(first, again);
  }
});

Deno.test({
  name: "Reader tells of a process that ends, is late or reads, without the right to write",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const [target] = targets as [Target, ...Target[]];
    const path = await written(target, 0, folder);
    await using reader = await Reader.start(target.name, 30);
    const { outcome, seconds, peak } = await reader.read(path);
    assert(outcome === "read" || outcome === "refused", JSON.stringify(outcome));
    assert(seconds < 30 && peak > 20 && peak < 1024, `${seconds} s, ${peak} MiB`);
    await using late = await Reader.start(target.name, 0);
    assertEquals((await late.read(path)).outcome, { fault: "not read in 0 seconds" });
    await Deno.remove(folder, { recursive: true });
  },
});
