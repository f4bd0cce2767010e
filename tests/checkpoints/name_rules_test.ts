import { assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import {
  type NameMap,
  recogniser,
  renamed,
  splitRows,
  stackRows,
  toPublished,
  toSeglab,
} from "../../lib/checkpoints/name_rules.ts";

function vector(...values: number[]): NDArray {
  return { shape: [values.length], data: Float32Array.from(values) };
}

const map: NameMap = {
  rules: [
    renamed("stages.{s}.norm.{p}", "norm{s+1}.{p}"),
    { published: ["stages.{s}.key.{p}", "stages.{s}.value.{p}"], seglab: ["block{s+1}.kv.{p}"] },
  ],
  unused: ["fc.{p}"],
};

Deno.test("toSeglab() renames, shifts numbers and stacks parts when all are there", () => {
  const { tensors, unused } = toSeglab(
    map,
    new Map([
      ["stages.0.norm.weight", vector(1)],
      ["stages.11.value.bias", vector(4, 5)],
      ["stages.11.key.bias", vector(2, 3)],
      ["fc.weight", vector(0)],
      ["stages.01.norm.weight", vector(9)],
    ]),
  );
  assertEquals([...tensors], [
    ["norm1.weight", vector(1)],
    ["block12.kv.bias", vector(2, 3, 4, 5)],
  ]);
  assertEquals(unused, ["fc.weight", "stages.01.norm.weight"]);
});

Deno.test("toSeglab() leaves a part unused when the other one is missing", () => {
  const { tensors, unused } = toSeglab(map, new Map([["stages.3.key.weight", vector(1)]]));
  assertEquals([tensors.size, unused], [0, ["stages.3.key.weight"]]);
});

Deno.test("toPublished() gives back what toSeglab() took", () => {
  const published = new Map([
    ["stages.2.norm.bias", vector(7)],
    ["stages.2.key.weight", vector(1, 2)],
    ["stages.2.value.weight", vector(3, 4)],
  ]);
  assertEquals(toPublished(map, toSeglab(map, published).tensors), {
    tensors: published,
    unused: [],
  });
});

Deno.test("recogniser() knows names of rules and unused ones", () => {
  const known = recogniser(map);
  const names = ["stages.0.key.weight", "fc.bias", "stages.x.key.weight", "fc.scale"];
  assertEquals(names.map(known), [true, true, false, false]);
});

Deno.test("splitRows() cuts by shares, and is a RangeError when rows are left over", () => {
  const matrix = { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const [q, kv] = splitRows(matrix, [1, 2]);
  assertEquals([q!.shape, [...q!.data]], [[1, 2], [1, 2]]);
  assertEquals([kv!.shape, [...kv!.data]], [[2, 2], [3, 4, 5, 6]]);
  assertThrows(() => splitRows(matrix, [1, 1]), RangeError, "Cannot split [3,2]");
});

Deno.test("stackRows() is a RangeError when the rests of the shapes differ", () => {
  const other = { shape: [1, 3], data: new Float32Array(3) };
  const matrix = { shape: [1, 2], data: new Float32Array(2) };
  assertThrows(() => stackRows([matrix, other]), RangeError, "got [1,2] and [1,3]");
  const scalar = { shape: [], data: new Float32Array(1) }; // it has no rows at all
  assertThrows(() => stackRows([vector(1), scalar]), RangeError, "got [1] and []");
});
