import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assigned } from "../../../lib/families/eomt/assign.ts";
import { golden, goldenTest } from "../../golden.ts";

const file = await golden("next/hungarian");
for (const { name, lacking } of file.cases((file) => file.names("in/cost"))) {
  goldenTest(`assigned() gives scipy's assignment of cost${name}`, { lacking }, () => {
    const cost = file.tensor(`in/cost${name}`);
    const [, columns] = cost.shape as [number, number];
    const pairs = assigned(cost);
    assertEquals(pairs.map(({ query }) => query), [...file.numbers(`out/rows${name}`)]);
    assertEquals(pairs.map(({ object }) => object), [...file.numbers(`out/cols${name}`)]);
    const total = pairs.reduce(
      (sum, { query, object }) => sum + cost.data[query * columns + object]!,
      0,
    );
    assertAlmostEquals(
      total,
      file.numbers(`out/total${name}`)[0]!,
      1e-12 * Math.abs(total) + 1e-12,
    );
  });
}

Deno.test("assigned() is empty when there are no objects, and an error when a cost is no number", () => {
  assertEquals(assigned({ shape: [3, 0], data: new Float32Array() }), []);
  const bad = { shape: [2, 1], data: Float32Array.of(1, NaN) };
  assertThrows(() => assigned(bad), RangeError, "finite costs needed, got NaN");
});
