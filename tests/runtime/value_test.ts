import { assertEquals, assertThrows } from "@std/assert";
import { value } from "../../lib/runtime/value.ts";

Deno.test("value() has the type of its array", () => {
  const arrays = [
    new Float32Array(2),
    new BigInt64Array(2),
    new Uint8Array(2),
    new Uint16Array(2),
  ];
  const dtypes = arrays.map((data) => value(data, [2]).dtype);
  assertEquals(dtypes, ["float32", "int64", "uint8", "float16"]);
});

Deno.test("value() says what it needs when it gets other data", () => {
  assertThrows(() => value(new Float32Array(5), [2, 3]), RangeError, "6 elements needed, got 5");
  // deno-lint-ignore no-explicit-any
  assertThrows(() => value([1, 2] as any, [2]), TypeError, "got Array");
});
