import { assertEquals, assertThrows } from "@std/assert";
import { attentionMap, spotlight } from "../../lib/analysis/attention.ts";

// Two images, two heads, seven tokens: one extra, a grid of 2 × 2, two behind it. Values count up.
const weights = { shape: [2, 2, 7, 7], data: Float32Array.from({ length: 196 }, (_, i) => i) };

Deno.test("attentionMap() takes the patches of one row when tokens stand on both sides", () => {
  const map = attentionMap(weights, { image: 1, head: 0, query: 3 }, 1, [2, 2]);
  const start = 2 * 49 + 3 * 7 + 1;
  assertEquals(map.shape, [2, 2]);
  assertEquals([...map.data], [start, start + 1, start + 2, start + 3]);
});

Deno.test("attentionMap() says what it needs when the grid or the head is too large", () => {
  const query = { image: 0, head: 0, query: 0 };
  assertThrows(() => attentionMap(weights, query, 1, [3, 3]), RangeError, "1 + 3·3 keys needed");
  assertThrows(() => attentionMap(weights, { ...query, head: 2 }, 1, [2, 2]), RangeError, "head 2");
});

Deno.test("spotlight() keeps the pixels under the largest value and darkens the others", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(200, 100, 50, 200, 100, 50) };
  const lit = spotlight(image, { shape: [1, 2], data: Float32Array.of(0.4, 0.1) });
  assertEquals([...lit.data], [200, 100, 50, 50, 25, 13]);
});
