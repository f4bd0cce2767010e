import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as ort from "onnxruntime-node";
import { withGradient } from "../../lib/graph/custom.ts";
import { exportOnnx } from "../../lib/graph/export.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { add, exp, float, int, mul, neg } from "../../lib/graph/ops/math.ts";
import { affine } from "../../lib/graph/ops/matmul.ts";
import { sumSquares } from "../../lib/graph/ops/reduce.ts";
import { constant, input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";

const x = input("x", [1, 2]);
const weight = input("fc.weight", [3, 2]);
const bias = input("fc.bias", [3]);
const y = affine(x, weight, bias);

const baked = new Map([
  ["fc.weight", { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ["fc.bias", { shape: [3], data: Float32Array.of(10, 20, 30) }],
]);

const names = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name);
const types = ({ nodes }: OnnxModel) => nodes.map(({ type }) => type);

async function run(model: OnnxModel, feeds: Record<string, Float32Array>, shape = [1, 2]) {
  const session = await ort.InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 3 });
  assertEquals([...session.inputNames], names(model.inputs));
  assertEquals([...session.outputNames], names(model.outputs));
  const tensors = Object.entries(feeds).map(([name, data]) =>
    [name, new ort.Tensor("float32", data, shape)] as const
  );
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, [...data as Float32Array]]),
  );
}

Deno.test("exportOnnx() names inputs and outputs as given when weights are fed", () => {
  const model = exportOnnx({ logits: y });
  assertEquals(model.opset, 20);
  assertEquals(model.inputs, [
    { name: "x", dtype: "float32", shape: [1, 2] },
    { name: "fc.weight", dtype: "float32", shape: [3, 2] },
    { name: "fc.bias", dtype: "float32", shape: [3] },
  ]);
  assertEquals(model.outputs, [{ name: "logits", dtype: "float32", shape: [1, 3] }]);
  assertEquals(model.initializers, []);
  assertEquals(model.nodes[0]!.outputs, ["logits"]);
});

Deno.test("exportOnnx() bakes weights in when it is given them", async () => {
  const model = exportOnnx({ logits: y }, baked);
  assertEquals(names(model.inputs), ["x"]);
  assertEquals(names(model.initializers), ["fc.weight", "fc.bias"]);
  // [1, 2] · [[1, 3, 5], [2, 4, 6]] + [10, 20, 30]
  assertEquals(await run(model, { x: Float32Array.of(1, 2) }), { logits: [15, 31, 47] });
});

Deno.test("exportOnnx() gives a tensor under both names when it is exported twice", async () => {
  const z = neg(x);
  const model = exportOnnx({ a: z, b: z });
  assertEquals(types(model), ["Neg", "Identity"]);
  assertEquals(await run(model, { x: Float32Array.of(1, -2) }), { a: [-1, 2], b: [-1, 2] });
});

Deno.test("exportOnnx() copies inputs and constants when they are outputs", async () => {
  const model = exportOnnx({ same: x, one: scalar(1), w: weight }, baked);
  assertEquals(types(model), ["Identity", "Identity", "Identity"]);
  const results = await run(model, { x: Float32Array.of(3, 4) });
  assertEquals(results, { same: [3, 4], one: [1], w: [1, 2, 3, 4, 5, 6] });
});

Deno.test("exportOnnx() lets an output feed other nodes when both are asked for", async () => {
  const z = neg(x);
  const model = exportOnnx({ later: exp(z), z });
  const results = await run(model, { x: Float32Array.of(0, -1) });
  assertEquals(results.z, [-0, 1]);
  assertAlmostEquals(results.later![1]!, Math.E, 1e-6);
});

Deno.test("exportOnnx() leaves no dead nodes or inputs when an alias needs fewer", () => {
  const unused = exp(input("unused", [1, 2]));
  const z = withGradient(neg(x), [unused], (dy) => [dy]);
  const model = exportOnnx({ z: add(z, scalar(1)) });
  assertEquals(types(model), ["Neg", "Add"]);
  assertEquals(names(model.inputs), ["x"]);
});

Deno.test("exportOnnx() follows aliases of aliases when outputs are one", async () => {
  const z = neg(x);
  const alias = withGradient(withGradient(z, [x], (dy) => [dy]), [x], (dy) => [dy]);
  const ofInput = withGradient(x, [x], (dy) => [dy]);
  const model = exportOnnx({ alias, z, ofInput });
  assertEquals(types(model), ["Neg", "Identity", "Identity"]);
  const results = await run(model, { x: Float32Array.of(1, 2) });
  assertEquals(results, { alias: [-1, -2], z: [-1, -2], ofInput: [1, 2] });
});

Deno.test("exportOnnx() writes equal lists and one constant once when they are used again", () => {
  const two = constant([2, 2]);
  const z = sum(mul(sum(mul(x, two), [0]), two), [0]);
  const { initializers } = exportOnnx({ z });
  assertEquals(names(initializers), ["constant_0", "list_0"]);
});

const clashes: Readonly<Record<string, () => OnnxModel>> = {
  "two inputs": () => exportOnnx({ z: add(x, input("x", [1, 2])) }),
  "an input and an output": () => exportOnnx({ x: neg(x) }),
  "an input and its copy": () => exportOnnx({ x }),
};

for (const [what, tried] of Object.entries(clashes)) {
  Deno.test(`exportOnnx() refuses ${what} when they have one name`, () => {
    const error = assertThrows(tried, TypeError);
    assertEquals(error.message, `Cannot export: values need different names, got "x" twice`);
  });
}

Deno.test("exportOnnx() refuses an input when it is named as the nodes or constants are", () => {
  const named = (name: string) => exportOnnx({ y: neg(mul(input(name, [1]), scalar(2))) });
  assertThrows(() => named("mul_0"), TypeError, `got "mul_0" twice`);
  assertThrows(() => named("constant_0"), TypeError, `got "constant_0" twice`);
  assertEquals(names(named("neg_1").inputs), ["neg_1"]); // that node has the output's name
});

Deno.test("exportOnnx() refuses a weight when its shape is not that of its input", () => {
  const wrong = new Map([["fc.bias", { shape: [2], data: Float32Array.of(1, 2) }]]);
  const error = assertThrows(() => exportOnnx({ y }, wrong), RangeError);
  assertEquals(error.message, `Cannot bake in "fc.bias": float32[3] needed, got [2]`);
});

Deno.test("encodeOnnx() runs in ONNX Runtime when a graph holds its own gradient", async () => {
  const [dx] = gradients(sumSquares(y), [x]) as [Tensor];
  // y = [15, 31, 47]; dx = 2 · y · [[1, 2], [3, 4], [5, 6]]
  const results = await run(exportOnnx({ dx }, baked), { x: Float32Array.of(1, 2) });
  assertEquals(results, { dx: [2 * (15 + 93 + 235), 2 * (30 + 124 + 282)] });
});

Deno.test("encodeOnnx() keeps other types than float32 at inputs and outputs", async () => {
  const bytes = input("bytes", [3], "uint8");
  const model = exportOnnx({ same: bytes, indices: int(bytes), floats: float(bytes) });
  assertEquals(model.outputs.map(({ dtype }) => dtype), ["uint8", "int64", "float32"]);
  const session = await ort.InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 3 });
  const fed = new ort.Tensor("uint8", Uint8Array.of(0, 7, 255), [3]);
  const { same, indices, floats } = await session.run({ bytes: fed });
  await session.release();
  assertEquals(same!.data, Uint8Array.of(0, 7, 255));
  assertEquals(indices!.data, BigInt64Array.of(0n, 7n, 255n));
  assertEquals(floats!.data, Float32Array.of(0, 7, 255));
});

Deno.test("encodeOnnx() refuses a model when its weights reach protobuf's 2 GiB", () => {
  const data = { byteLength: 2 ** 30 } as Float32Array;
  const half = (name: string) => ({ name, dtype: "float32" as const, shape: [2 ** 28], data });
  const model: OnnxModel = {
    opset: 20,
    nodes: [],
    initializers: [half("a"), half("b")],
    inputs: [],
    outputs: [],
  };
  const error = assertThrows(() => encodeOnnx(model), RangeError);
  assertEquals(
    error.message,
    "Cannot encode an ONNX model: protobuf holds less than 2 GiB, got 2147483648 bytes of weights",
  );
});
