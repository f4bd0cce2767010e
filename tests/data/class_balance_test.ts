import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  balancedDraw,
  balancedWeights,
  type Draw,
  examplesByClass,
  labelCounts,
} from "../../lib/data/class_balance.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { stream } from "../../lib/random.ts";
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

Deno.test("examplesByClass() lists what shows each class", async () => {
  assertEquals(await examplesByClass(dataset), [[0, 1], [0], []]);
  const ignored = {
    ...dataset,
    example: () => Promise.resolve(exampleOf(labelMap(2, 2, () => 255))),
  };
  await assertRejects(() => examplesByClass(ignored), RangeError, "Cannot balance quarters");
});

Deno.test("balancedDraw() draws half by class, each class that occurs as often as the others", () => {
  const byClass = [[0, 1, 2, 3, 4, 5, 6, 7], [7], []];
  const draws = Array.from(
    { length: 4000 },
    (_, i) => balancedDraw(2, byClass, stream(`draw/${i}`, 1)),
  );
  const share = (is: (draw: Draw) => boolean) => draws.filter(is).length / draws.length;
  assertAlmostEquals(share(({ shown }) => shown === null), 0.5, 0.03);
  assertAlmostEquals(share(({ shown }) => shown === 0), 0.25, 0.03);
  assertAlmostEquals(share(({ shown }) => shown === 1), 0.25, 0.03);
  for (const { index, shown } of draws) {
    assertEquals(shown === null ? [2] : byClass[shown]!.filter((i) => i === index), [index]);
  }
});
