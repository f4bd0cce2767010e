import { assert, assertEquals, assertThrows } from "@std/assert";
import { assertSame, difference } from "./same.ts";

Deno.test("difference() is undefined when values are the same, NaN included", () => {
  const made = () => ({
    map: new Map([["a", Float32Array.of(1, NaN)]]),
    list: [{ shape: [2], none: undefined }],
    set: new Set(["x"]),
  });
  assertEquals(difference(made(), made(), "value"), undefined);
  assertEquals(difference({ a: 1, b: 2 }, { b: 2, a: 1 }, "value"), undefined);
});

for (
  const [actual, expected, message] of [
    [1, 2, "value is 1, needed 2"],
    [-0, 0, "value is -0, needed 0"],
    ["1", 1, 'value is "1", needed 1'],
    [[1], [1, 2], "value has 1 elements, needed 2"],
    [[1, [2]], [1, [3]], "value[1][0] is 2, needed 3"],
    [
      Float32Array.of(1),
      Float64Array.of(1),
      "value is a Float32Array of 1 elements, needed a Float64Array of 1 elements",
    ],
    [
      Uint8Array.of(1, 2, 3),
      Uint8Array.of(1, 0, 0),
      "value: 2 of 3 elements differ, the first is [1]: 2, needed 0",
    ],
    [{}, { a: undefined }, 'value has no "a"'],
    [new Map([["a", 1], ["b", 2]]), new Map([["a", 1]]), 'value has "b", needed none'],
    [
      new Map([["w", { shape: [2] }]]),
      new Map([["w", { shape: [3] }]]),
      "value.w.shape[0] is 2, needed 3",
    ],
  ] as readonly [unknown, unknown, string][]
) {
  Deno.test(`difference() is one line when it says "${message}"`, () => {
    assertEquals(difference(actual, expected, "value"), message);
  });
}

Deno.test("assertSame() and assertEquals() stay short when arrays are large", () => {
  const zeros = { data: new Float32Array(1_000_000) };
  const ones = { data: new Float32Array(1_000_000).fill(1) };
  for (const compare of [assertSame, assertEquals]) {
    const { message } = assertThrows(() => compare(zeros, ones));
    assert(message.length < 100 && !message.includes("\n"), message.slice(0, 100));
  }
});
