import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { segmenter } from "../../lib/families/segmenter/segmenter.ts";
import { input } from "../../lib/graph/tensor.ts";
import {
  initialize,
  normal,
  ones,
  truncatedNormal,
  uniformFanIn,
  zeros,
} from "../../lib/nn/init.ts";
import { type Init, type Parameter, Scope } from "../../lib/nn/scope.ts";
import { stream } from "../../lib/random.ts";
import { tinySegmenter } from "../train/tiny.ts";

const SHAPE = [200, 100];
const COUNT = 20_000;

function moments(data: Float32Array): { mean: number; deviation: number; largest: number } {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const square = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { mean, deviation: Math.sqrt(square), largest };
}

const drawn = (init: Init) => moments(init(SHAPE, stream("init_test", 1)));

/** Four standard errors of a mean and of a deviation of COUNT numbers. */
function assertMoments(init: Init, deviation: number): void {
  const own = drawn(init);
  assertAlmostEquals(own.mean, 0, 4 * deviation / Math.sqrt(COUNT));
  assertAlmostEquals(own.deviation, deviation, 4 * deviation / Math.sqrt(2 * COUNT));
}

Deno.test("zeros() and ones() fill a shape", () => {
  const random = stream("unused", 1);
  assertEquals([...zeros([2, 2], random)], [0, 0, 0, 0]);
  assertEquals([...ones([3], random)], [1, 1, 1]);
  assertEquals(ones([], random).length, 1);
});

Deno.test("normal() has mean 0 and the deviation asked for", () => {
  assertMoments(normal(0.125), 0.125);
  assert(drawn(normal(1)).largest > 3);
});

Deno.test("truncatedNormal() is a normal distribution when its deviation is small", () => {
  assertMoments(truncatedNormal(0.02), 0.02);
});

Deno.test("truncatedNormal() cuts at 2 and not at two deviations", () => {
  assert(drawn(truncatedNormal(0.02)).largest > 0.06);
  const wide = drawn(truncatedNormal(1));
  assert(wide.largest <= 2);
  assertAlmostEquals(wide.deviation, 0.8796, 0.015); // of N(0, 1) cut at ±2
});

Deno.test("uniformFanIn() lies within ±1/√fanIn and has a third of its square as variance", () => {
  const bound = 1 / Math.sqrt(768);
  assertMoments(uniformFanIn(768), bound / Math.sqrt(3));
  const { largest } = drawn(uniformFanIn(768));
  assert(largest <= bound && largest > 0.999 * bound);
});

function parameters(names: readonly string[]): Map<string, Parameter> {
  return new Map(
    names.map((
      name,
    ) => [name, { tensor: input(name, [4, 3]), init: normal(1), buffer: false, unused: false }]),
  );
}

Deno.test("initialize() gives the same numbers when it is called again", () => {
  const once = initialize(parameters(["a", "b"]), 7);
  assertEquals(initialize(parameters(["a", "b"]), 7), once);
  assertEquals(once.get("a")!.shape, [4, 3]);
});

Deno.test("initialize() changes no parameter when others come or go", () => {
  const few = initialize(parameters(["a", "b"]), 7);
  const many = initialize(parameters(["new", "b", "a"]), 7);
  assertEquals(many.get("a"), few.get("a"));
  assertEquals(many.get("b"), few.get("b"));
});

Deno.test("initialize() gives other numbers when name or seed differ", () => {
  const values = initialize(parameters(["a", "b"]), 7);
  const other = initialize(parameters(["a"]), 8);
  const firsts = [values.get("a")!, values.get("b")!, other.get("a")!].map(({ data }) => data[0]);
  assertEquals(new Set(firsts).size, 3);
});

/** Deviations as must_match.md 2.1 has them: trunc_normal 0.02, projections d^-0.5, LN 1 and 0. */
const published: readonly (readonly [RegExp, number])[] = [
  [/norm\d?\.weight$|norm\d?\.bias$/, 0],
  [/patch_embed/, 1 / Math.sqrt(3 * 3 * 8 * 8)],
  [/bias$/, 0],
  [/decoder\.proj_(patch|classes)$/, 64 ** -0.5],
  [/weight$|cls_token|cls_emb|pos_embed/, 0.02],
];

Deno.test("segmenter() declares the published first values for every parameter", () => {
  const config = tinySegmenter(0);
  const net = Scope.build(false, (p) => segmenter(p, input("x", [1, 3, 32, 32]), config));
  for (const [name, { data }] of initialize(net.parameters, 1)) {
    const [, expected] = published.find(([pattern]) => pattern.test(name))!;
    const { mean, deviation } = moments(data);
    const slack = 5 * expected / Math.sqrt(data.length);
    assertAlmostEquals(mean, name.match(/norm\d?\.weight$/) ? 1 : 0, slack, `mean of ${name}`);
    assertAlmostEquals(deviation, expected, slack, `deviation of ${name}`);
  }
});
