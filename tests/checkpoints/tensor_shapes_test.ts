import { assertEquals, assertThrows } from "@std/assert";
import { blockCount, shapeOf } from "../../lib/checkpoints/tensor_shapes.ts";

const tensors = new Map(
  Object.entries({ "a.weight": [2, 3], "b.weight": [2, 0], "blocks.11.x": [1], "blocks.2.x": [1] })
    .map(([name, shape]) => [name, { shape, data: new Float32Array(shape[0]! * (shape[1] ?? 1)) }]),
);

Deno.test("shapeOf() gives the sides, and says what the network lacks when they are others", () => {
  assertEquals([...shapeOf(tensors, "a.weight", 2)], [2, 3]);
  assertThrows(() => shapeOf(tensors, "c", 1), TypeError, `"c" needed, got none`);
  assertThrows(() => shapeOf(tensors, "a.weight", 1), RangeError, "of 1 axes needed, got [2,3]");
  assertThrows(
    () => shapeOf(tensors, "b.weight", 2),
    RangeError,
    `"b.weight" with elements needed, got [2,0]`,
  );
});

Deno.test("blockCount() counts to the largest number, and is a RangeError beyond any network's", () => {
  assertEquals(blockCount(tensors, "blocks."), 12);
  assertEquals(blockCount(tensors, "layers."), 0);
  const many = new Map([["blocks.4294967295.x", { shape: [1], data: new Float32Array(1) }]]);
  assertThrows(
    () => blockCount(many, "blocks."),
    RangeError,
    "at most 1000 of blocks.{i} needed, got blocks.4294967295",
  );
});
