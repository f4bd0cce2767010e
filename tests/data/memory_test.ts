import { assertEquals, assertRejects } from "@std/assert";
import { keepInMemory } from "../../lib/data/memory.ts";
import { exampleOf, labelMap } from "./fixtures.ts";

Deno.test("keepInMemory() reads each example once, and again after a failure", async () => {
  const example = exampleOf(labelMap(2, 2, () => 0));
  const reads: number[] = [];
  const get = keepInMemory((index) => {
    reads.push(index);
    return reads.length === 1 ? Promise.reject(new RangeError("torn")) : Promise.resolve(example);
  });
  await assertRejects(() => get(3), RangeError, "torn");
  assertEquals(await get(3), example);
  assertEquals(await get(3), example);
  await get(4);
  assertEquals(reads, [3, 3, 4]);
});
