import { assertAlmostEquals, assertEquals } from "@std/assert";
import { normalise } from "../../lib/images/normalise.ts";
import { pattern } from "../data/fixtures.ts";

const normalization = { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] } as const;

Deno.test("normalise() gives planes of (value - mean) / std", () => {
  const { shape, data } = normalise(pattern(3, 2), normalization);
  assertEquals(shape, [3, 2, 3]);
  // pattern at x 1, y 1: (20, 121, 222)
  assertAlmostEquals(data[4]!, (20 - 123.67) / 58.4, 1e-6);
  assertAlmostEquals(data[6 + 4]!, (121 - 116.28) / 57.12, 1e-6);
  assertAlmostEquals(data[12 + 4]!, (222 - 103.53) / 57.38, 1e-6);
});
