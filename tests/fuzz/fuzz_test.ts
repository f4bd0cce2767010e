/** The smoke form of the fuzzer: some files of each target, in this process and in a watched one. */
import { assert, assertEquals } from "@std/assert";
import { stream } from "../../lib/random.ts";
import { empty, type Outcome, outcomeOf, type Target, writeFiles } from "./target.ts";
import { targets as entries } from "./targets.ts";
import { Reader } from "./watched.ts";

const targets = await Promise.all(Object.values(entries).map(({ make }) => make()));
/** Fewer than a hundred of what takes longer to make or read; .ci/run has 10,000 of all. */
const COUNTS: Readonly<Record<string, number>> = {
  "networks": 10,
  "archives": 40,
  "mat": 50,
};

for (const target of targets) {
  const count = COUNTS[target.name] ?? 100;
  Deno.test(`${count} damaged files are read, or refused with the reason: ${target.name}`, async () => {
    const folder = await Deno.makeTempDir();
    const outcomes: Outcome[] = [];
    for (let i = 0; i < count; i++) {
      const files = target.make(stream(`smoke/${target.name}/${i}`, 1));
      outcomes.push(await outcomeOf(target, folder, writeFiles(files, folder)));
      empty(folder);
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

Deno.test("outcomeOf() tells of what is written beside a file or into it", async () => {
  const folder = await Deno.makeTempDir();
  const files = new Map([["x", new Uint8Array(1)]]);
  const writing = (name: string): Target => ({
    name,
    make: () => files,
    read: (path) => Deno.writeTextFile(path.replace(/x$/, name), "more"),
    refusal: /^/,
    writes: "out",
  });
  const outcome = (name: string) => outcomeOf(writing(name), folder, writeFiles(files, folder));
  assertEquals(await outcome("out"), "read");
  assertEquals(await outcome("x"), { fault: "it wrote into the file" });
  assertEquals(await outcome("y"), { fault: "it wrote y beside the file" });
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "Reader tells of a process that waits, ends or reads, alone and in batches",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const [target] = targets as [Target, ...Target[]];
    await using reader = await Reader.start(target.name, { busy: 30, idle: 30 });
    const alone = await reader.read(target.make(stream(`${target.name}/0`, 1)));
    const batch = await reader.batch(1, 0, 3);
    assertEquals([alone.replies.length, batch.replies.length], [1, 3]);
    assertEquals(batch.replies[0]!.outcome, alone.replies[0]!.outcome);
    assert(alone.replies[0]!.seconds < 30 && alone.peak > 20 && alone.peak < 1024);
    await using late = await Reader.start(target.name, { busy: 30, idle: 0 });
    Deno.kill(late.pid, "SIGSTOP");
    const waiting = await late.batch(1, 0, 3);
    assertEquals(waiting.ended, "not read: it waits, and did nothing for 0 seconds");
    Deno.kill(late.pid, "SIGKILL");
    assert((await late.batch(1, 0, 3)).ended?.startsWith("ended: "));
  },
});
