import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Case } from "../../experiments/bench/cases.ts";
import { type Runner, torch } from "../../experiments/bench/contender.ts";
import { type Entry, interleaved } from "../../experiments/bench/interleaved.ts";
import { predictionRow } from "../../experiments/bench/predictions.ts";
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

const entry = (runner: Runner, optional = false): Entry => ({
  optional,
  start: () => Promise.resolve(runner),
});

Deno.test("interleaved() takes turns after the warm-ups and gives medians", async () => {
  const log: string[] = [];
  const entries = {
    a: entry(contender("a", [90, 90, 3, 5], log)),
    b: entry(contender("b", [90, 90, 8, 9], log), true),
  };
  assertEquals(await interleaved(entries, 2, 2), {
    a: { ms: 4, check: 4, peakMiB: 40 },
    b: { ms: 8.5, check: 4, peakMiB: 40 },
  });
  assertEquals(log, ["a 2", "b 2", "a 1", "b 1", "a 1", "b 1", "a ends", "b ends"]);
});

Deno.test("interleaved() ends all contenders when one that must run fails", async () => {
  const log: string[] = [];
  const entries = { a: entry(contender("a", [1], log)), b: entry(contender("b", [NaN], log)) };
  await assertRejects(() => interleaved(entries, 1, 1), Error, "b failed");
  assertEquals(log.slice(-2), ["b ends", "a ends"]);
});

Deno.test("interleaved() goes on without an optional contender that cannot be started", async () => {
  const log: string[] = [];
  const said: string[] = [];
  const one: Case = {
    name: "a network",
    variant: "Seg-T/16",
    mode: "inference",
    side: 32,
    batch: 1,
    classes: 2,
  };
  const entries: Record<string, Entry> = {
    seglab: entry(contender("seglab", [9, 2], log)),
    // Deno does not know Python's option -B, and ends.
    eager: { optional: true, start: () => torch(Deno.execPath(), one, "none", 1, false) },
    absent: { optional: true, start: () => torch("no-such-python", one, "none", 1, false) },
    cold: entry(contender("cold", [NaN], log), true),
  };
  const measured = await interleaved(entries, 1, 1, (text) => void said.push(text));
  assertEquals(measured, { seglab: { ms: 2, check: 2, peakMiB: 20 } });
  assertEquals(log, ["seglab 1", "cold 1", "cold ends", "seglab 1", "seglab ends"]);
  const [eager, absent, cold] = said;
  assert(
    eager!.startsWith("eager is left out: Cannot measure PyTorch: its process ended … "),
    eager,
  );
  assert(absent!.includes("no-such-python"), absent);
  assertEquals(cold, "cold is left out: cold failed");
});

Deno.test("predictionRow() says how many times as long a prediction takes as the network", () => {
  const measured = {
    prediction: { ms: 120, check: 3, peakMiB: 400 },
    network: { ms: 100, check: 0.1, peakMiB: 600 },
  };
  assertEquals(predictionRow("a picture", measured), {
    case: "a picture",
    "images/s": "8.3",
    "prediction ms": "120",
    "bare network ms": "100",
    "prediction/network": "1.20",
    "prediction MiB": "400",
    "bare network MiB": "600",
  });
});

Deno.test("segmentingRow() says how many times as long the pipeline takes, or nothing", () => {
  const seglab = { ms: 200, check: 50, peakMiB: 600 };
  const row = segmentingRow({ seglab, pipeline: { ms: 500, check: 50.5, peakMiB: 800 } });
  assertEquals([row["photos/s"], row["pipeline/Seglab"]], ["5.0", "2.50"]);
  assertEquals(row["difference of results"], "1e-2");
  assertEquals(segmentingRow({ seglab })["pipeline/Seglab"], null);
});
