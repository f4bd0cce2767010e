import { assertEquals, assertThrows } from "@std/assert";
import { agreementMap, faded } from "../../lib/report/agreement.ts";

const map = (...values: number[]) => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values),
});

Deno.test("agreementMap() says which of two predictions is right where one is wrong", () => {
  const labels = map(3, 3, 3, 3, 255);
  assertEquals(
    agreementMap(labels, map(3, 3, 1, 1, 1), map(3, 0, 3, 2, 3)),
    map(255, 0, 1, 2, 255),
  );
});

Deno.test("agreementMap() refuses a prediction of another size", () => {
  assertThrows(
    () => agreementMap(map(1, 2), map(1, 2), map(1, 2, 3)),
    RangeError,
    "size 2×1, got 3×1",
  );
});

Deno.test("faded() keeps the order of greys and is never dark", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 0, 255) };
  assertEquals([...faded(image).data], [170, 170, 170, 227, 227, 227]);
});
