import { assertEquals, assertThrows } from "@std/assert";
import { permute, reshaped, transposed } from "../../lib/checkpoints/layout.ts";

const counted = { shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) };

Deno.test("permute() moves axes as numpy's transpose", () => {
  const { shape, data } = permute(counted, [2, 0, 1]);
  assertEquals(shape, [4, 2, 3]);
  // numpy.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)
  assertEquals([...data.subarray(0, 7)], [0, 4, 8, 12, 16, 20, 1]);
  assertEquals(permute(permute(counted, [2, 0, 1]), [1, 2, 0]), counted);
});

Deno.test("transposed() swaps rows and columns", () => {
  const { shape, data } = transposed(reshaped(counted, [4, 6]));
  assertEquals([shape, [...data.subarray(0, 5)]], [[6, 4], [0, 6, 12, 18, 1]]);
});

Deno.test("reshaped() is a RangeError when the sizes differ", () => {
  assertThrows(() => reshaped(counted, [5, 5]), RangeError, "25 values needed, got [2,3,4]");
});
