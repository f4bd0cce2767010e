import { assertEquals, assertThrows } from "@std/assert";
import { balancedWeights, labelCounts } from "../../lib/data/class_balance.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { exampleOf, labelMap } from "./fixtures.ts";

const dataset: Dataset = {
  name: "quarters",
  classes: ["a", "b", "c"],
  palette: [[0, 0, 0], [1, 1, 1], [2, 2, 2]],
  length: 2,
  // Of a row of 4 pixels: a, a, b, ignored; then a, a, a, ignored.
  example: (index) =>
    Promise.resolve(
      exampleOf(labelMap(4, 2, (x) => x === 3 ? 255 : x === 2 && index === 0 ? 1 : 0)),
    ),
};

Deno.test("labelCounts() counts the pixels of each class, and not the ignored ones", async () => {
  const heard: number[] = [];
  assertEquals(await labelCounts(dataset, (examples) => void heard.push(examples)), [10, 2, 0]);
  assertEquals(heard, [1, 2]);
});

Deno.test("balancedWeights() gives each class that occurs the same sum", () => {
  assertEquals(balancedWeights([10, 2, 0]), [0.6, 3, 0]);
  assertEquals(balancedWeights([7, 7]), [1, 1]);
  assertThrows(() => balancedWeights([0, 0]), RangeError, "labels of at least one class needed");
});
