import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { argmaxClasses, flipWidth, softmaxClasses } from "../../lib/eval/class_maps.ts";

Deno.test("softmaxClasses() sums to one in every pixel, large logits included", () => {
  const map = { shape: [3, 1, 2], data: Float32Array.of(1, 1000, 2, 1001, 3, 999) };
  softmaxClasses(map);
  const exps = [1, 2, 3].map(Math.exp);
  const total = exps.reduce((a, b) => a + b);
  [0, 2, 4].forEach((i, c) => assertAlmostEquals(map.data[i]!, exps[c]! / total, 1e-7));
  assertAlmostEquals(map.data[1]! + map.data[3]! + map.data[5]!, 1, 1e-6);
});

Deno.test("argmaxClasses() takes the first class when two are equal", () => {
  const map = { shape: [3, 1, 3], data: Float32Array.of(5, 1, 0, 5, 2, 0, 4, 3, -1) };
  assertEquals(argmaxClasses(map), { width: 3, height: 1, data: Uint8Array.of(0, 2, 0) });
});

for (const value of [NaN, Infinity]) {
  Deno.test(`argmaxClasses() names the pixel when a logit is ${value}`, () => {
    const data = Float32Array.of(1, 2, 3, 4, 9, 9, value, 9, 8, 8, 8, 8);
    assertThrows(
      () => argmaxClasses({ shape: [3, 2, 2], data }),
      RangeError,
      `got ${value} for class 1 at row 1, column 0`,
    );
  });
}

Deno.test("argmaxClasses() refuses when a label map cannot hold the classes", () => {
  const map = { shape: [256, 1, 1], data: new Float32Array(256) };
  assertThrows(() => argmaxClasses(map), RangeError, "got 256");
});

Deno.test("flipWidth() mirrors every row and leaves its argument as it was", () => {
  const map = { shape: [1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  assertEquals([...flipWidth(map).data], [3, 2, 1, 6, 5, 4]);
  assertEquals(flipWidth(flipWidth(map)), map);
});
