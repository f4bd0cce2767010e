import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  attentionDistance,
  distancesOf,
  meanDistance,
} from "../../lib/analysis/attention_distance.ts";
import type { AttentionLayer } from "../../lib/families/anatomy.ts";
import { input } from "../../lib/graph/tensor.ts";
import { pattern } from "../data/fixtures.ts";
import { runGraph } from "../run_graph.ts";
import { openedVariant } from "./opened.ts";

const layer: AttentionLayer = {
  ...{ name: "encoder.0", part: "encoder", tap: "", stride: 8, heads: 1 },
  ...{ before: ["class token"], behind: 0, reduction: 1 },
};

Deno.test("meanDistance() of uniform attention is the mean distance of two patches", async () => {
  const weights = input("weights", [1, 1, 4, 4]); // a class token and a row of three patches
  const { weighted, unnormalised } = meanDistance(weights, 1, distancesOf(layer, [8, 24]));
  const uniform = { shape: [1, 1, 4, 4], data: new Float32Array(16).fill(0.25) };
  const results = await runGraph({ weighted, unnormalised }, { weights: uniform });
  // Distances 0, 8, 16 / 8, 0, 8 / 16, 8, 0: a mean of 64 / 9. A quarter goes to the class token.
  assertAlmostEquals(results.weighted.data[0]!, 64 / 9, 1e-5);
  assertAlmostEquals(results.unnormalised.data[0]!, 0.75 * 64 / 9, 1e-5);
});

Deno.test("distancesOf() measures from cells to the centres of reduced keys", () => {
  const { origin, shape } = distancesOf({ ...layer, reduction: 2 }, [16, 40]); // 2 × 5 cells, 1 × 2 keys
  assertEquals(shape, [10, 2]);
  const { data } = origin as { data: Float32Array };
  assertAlmostEquals(data[0]!, Math.hypot(4, 4), 1e-5); // (4, 4) to (8, 8)
  assertAlmostEquals(data[9]!, Math.hypot(4, 36 - 24), 1e-5); // (36, 12) to (24, 8)
});

Deno.test("attentionDistance() is the mean over pictures, for each head of each layer", async () => {
  const model = openedVariant("Seg-T-Mask/16");
  const pictures = [pattern(96, 64), pattern(64, 64)];
  const each = await Promise.all(pictures.map((one) => attentionDistance(model, [one])));
  const { images, layers } = await attentionDistance(model, pictures);
  assertEquals([images, layers.length, layers[0]!.heads.length], [2, 14, 3]);
  const mean = (each[0]!.layers[5]!.heads[1]! + each[1]!.layers[5]!.heads[1]!) / 2;
  assertAlmostEquals(layers[5]!.heads[1]!, mean, 1e-4);
});

Deno.test("attentionDistance() says what it needs when the network has no attention", async () => {
  const model = openedVariant("DeepLabv3+-R18");
  await assertRejects(() => attentionDistance(model, [pattern(64, 64)]), RangeError, "has none");
});
