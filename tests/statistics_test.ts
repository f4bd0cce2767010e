import { assertEquals } from "@std/assert";
import { differenceOf, spreadOf } from "../lib/statistics.ts";

Deno.test("spreadOf() gives the mean and the sample's deviation, none of a single value", () => {
  assertEquals(spreadOf([1, 2, 3]), { mean: 2, deviation: 1, count: 3 });
  assertEquals(spreadOf([4]), { mean: 4, deviation: null, count: 1 });
});

Deno.test("differenceOf() carries a difference above twice its standard error, of either sign", () => {
  // Deviations of 1 with three values each: the error is sqrt(2/3) = 0.8165.
  const verdict = (by: number) => differenceOf([1, 2, 3].map((x) => x + by), [1, 2, 3]).verdict;
  assertEquals([1.7, 1.6, -1.6, -1.7].map(verdict), ["carried", "open", "open", "contradicted"]);
  assertEquals(differenceOf([1, 2, 3], [1, 2, 3]).error, Math.sqrt(2 / 3));
});

Deno.test("differenceOf() leaves a difference of single values open", () => {
  assertEquals(differenceOf([5], [1]), { difference: 4, error: null, verdict: "open" });
});
