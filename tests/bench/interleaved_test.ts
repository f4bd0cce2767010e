import { assertEquals, assertRejects } from "@std/assert";
import type { Runner } from "../../experiments/bench/contender.ts";
import { interleaved } from "../../experiments/bench/interleaved.ts";
import { segmentingRow } from "../../experiments/bench/segmenting.ts";

/** A contender that takes the given times in turn and writes down what happens to it. */
function contender(name: string, times: readonly number[], log: string[]): Runner {
  let next = 0;
  return {
    run(repeat) {
      log.push(`${name} ${repeat}`);
      const ms = Array.from({ length: repeat }, () => times[next++]!);
      if (ms.includes(NaN)) return Promise.reject(new Error(`${name} failed`));
      return Promise.resolve({ ms, check: next, peakMiB: 10 * next });
    },
    close: () => void log.push(`${name} ends`),
  };
}

Deno.test("interleaved() takes turns after the warm-ups and gives medians", async () => {
  const log: string[] = [];
  const contenders = {
    a: contender("a", [90, 90, 3, 5], log),
    b: contender("b", [90, 90, 8, 9], log),
  };
  assertEquals(await interleaved(contenders, 2, 2), {
    a: { ms: 4, check: 4, peakMiB: 40 },
    b: { ms: 8.5, check: 4, peakMiB: 40 },
  });
  assertEquals(log, ["a 2", "b 2", "a 1", "b 1", "a 1", "b 1", "a ends", "b ends"]);
});

Deno.test("interleaved() ends all contenders when one fails", async () => {
  const log: string[] = [];
  const contenders = { a: contender("a", [1], log), b: contender("b", [NaN], log) };
  await assertRejects(() => interleaved(contenders, 1, 1), Error, "b failed");
  assertEquals(log.slice(-2), ["a ends", "b ends"]);
});

Deno.test("segmentingRow() says how many times as long the pipeline takes, or nothing", () => {
  const seglab = { ms: 200, check: 50, peakMiB: 600 };
  const row = segmentingRow({ seglab, pipeline: { ms: 500, check: 50.5, peakMiB: 800 } });
  assertEquals([row["photos/s"], row["pipeline/Seglab"]], ["5.0", "2.50"]);
  assertEquals(row["difference of results"], "1e-2");
  assertEquals(segmentingRow({ seglab })["pipeline/Seglab"], null);
});
