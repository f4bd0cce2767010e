import { assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { assign, formatReport } from "../../lib/checkpoints/assign.ts";

function zeros(...shape: number[]): NDArray {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

Deno.test("assign() sorts every name into one list when some fit and some do not", () => {
  const tensors = new Map([
    ["a.weight", zeros(2, 3)],
    ["a.bias", zeros(2)],
    ["head.weight", zeros(4)],
  ]);
  const parameters = new Map([["a.bias", [3]], ["a.weight", [2, 3]], ["cls", [1, 1, 3]]]);
  const { values, report } = assign(tensors, parameters);
  assertEquals([...values.keys()], ["a.weight"]);
  assertEquals(values.get("a.weight"), tensors.get("a.weight"));
  assertEquals(report, {
    loaded: ["a.weight"],
    missing: ["cls"],
    unused: ["head.weight"],
    misshapen: [{ name: "a.bias", needed: [3], found: [2] }],
  });
});

Deno.test("assign() takes a tensor for misshapen when only its rank differs", () => {
  const { report } = assign(new Map([["x", zeros(2)]]), new Map([["x", [2, 1]]]));
  assertEquals(report.misshapen.length, 1);
});

Deno.test("formatReport() counts first and joins names when they differ in a number", () => {
  const blocks = [0, 1, 2, 3].flatMap((i) => [`blocks.${i}.fc.weight`, `blocks.${i}.fc.bias`]);
  const report = {
    loaded: ["cls_token", ...blocks, "norm.bias"],
    missing: ["stages.0.blocks.0.w", "stages.0.blocks.1.w", "stages.1.blocks.0.w"],
    unused: ["head.0.bias", "head.2.bias", "head.3.bias", "head.5.weight"],
    misshapen: [{ name: "pos_embed", needed: [1, 5, 2], found: [1, 6, 2] }],
  };
  assertEquals(
    formatReport(report),
    `10 loaded, 3 missing, 4 unused, 1 misshapen
loaded:
  cls_token
  blocks.{0..3}.fc.weight
  blocks.{0..3}.fc.bias
  norm.bias
missing:
  stages.0.blocks.{0..1}.w
  stages.1.blocks.0.w
unused:
  head.{0,2..3}.bias
  head.5.weight
misshapen:
  pos_embed (needs [1, 5, 2], got [1, 6, 2])`,
  );
});

Deno.test("formatReport() collapses two numbers when both run over all values", () => {
  const loaded = [0, 1].flatMap((i) => [0, 1, 2].map((j) => `stages.${i}.blocks.${j}.w`));
  const report = { loaded, missing: [], unused: [], misshapen: [] };
  assertEquals(formatReport(report).split("\n").at(-1), "  stages.{0..1}.blocks.{0..2}.w");
});

Deno.test("formatReport() is one line of counts when there is nothing to list", () => {
  const report = { loaded: [], missing: [], unused: [], misshapen: [] };
  assertEquals(formatReport(report), "0 loaded, 0 missing, 0 unused, 0 misshapen");
});
