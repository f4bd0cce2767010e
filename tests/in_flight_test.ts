import { setTimeout } from "node:timers/promises";
import { assertEquals, assertRejects } from "@std/assert";
import { inFlight } from "../lib/in_flight.ts";

/** Work that takes so many milliseconds, and how much of it was under way at once. */
function timed() {
  const log = { begun: 0, running: 0, most: 0 };
  const work = async (milliseconds: number) => {
    log.begun++;
    log.most = Math.max(log.most, ++log.running);
    await setTimeout(milliseconds);
    log.running--;
    if (milliseconds === 13) throw new RangeError("13");
    return milliseconds;
  };
  return { log, work };
}

Deno.test("inFlight() gives results in the items' order, a few under way at once", async () => {
  const { log, work } = timed();
  assertEquals(await Array.fromAsync(inFlight([30, 1, 20, 1, 1], 3, work)), [30, 1, 20, 1, 1]);
  assertEquals(log, { begun: 5, running: 0, most: 3 });
  assertEquals(await Array.fromAsync(inFlight([], 3, work)), []);
});

Deno.test("inFlight() throws an error at its turn and begins nothing after it", async () => {
  const { log, work } = timed();
  const results = inFlight([20, 13, 1, 1, 1], 2, work);
  assertEquals((await results.next()).value, 20);
  await assertRejects(() => results.next(), RangeError, "13");
  assertEquals((await results.next()).done, true);
  assertEquals(log, { begun: 3, running: 0, most: 2 });
});

Deno.test("inFlight() takes items without end and waits for what is under way when it is left", async () => {
  const { log, work } = timed();
  function* endless() {
    while (true) yield 5;
  }
  for await (const _ of inFlight(endless(), 3, work)) if (log.begun >= 6) break;
  assertEquals(log.running, 0);
});
