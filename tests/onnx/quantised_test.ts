import { assert, assertEquals } from "@std/assert";
import { exportOnnx } from "../../lib/graph/export.ts";
import { affine } from "../../lib/graph/ops/matmul.ts";
import { relu } from "../../lib/graph/ops/math.ts";
import { input } from "../../lib/graph/tensor.ts";
import { quantised } from "../../lib/onnx/quantised.ts";
import { type Precision, Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { randomArray } from "../random_array.ts";

const x = input("x", [2, 5, 64]);
const [w1, b1, w2] = [input("w1", [48, 64]), input("b1", [48]), input("w2", [8, 48])];
const y = affine(relu(affine(x, w1, b1)), w2, null);
const weights = new Map([w1, b1, w2].map((tensor) => {
  const name = tensor.origin.kind === "input" ? tensor.origin.name : "";
  return [name, randomArray(name, tensor.shape)] as const;
}));

Deno.test("quantised() computes linear layers in 8 bits, to a hundredth of their deviation", async () => {
  const images = randomArray("x", x.shape);
  const run = async (precision: Precision) => {
    const program = await Program.compile({ y }, {
      provider: "cpu",
      threads: 1,
      weights,
      precision,
    });
    const result = await program.run({ x: value(images.data, images.shape) });
    await program.release();
    return result["y"]!.data as Float32Array;
  };
  const [exact, found] = [await run("single"), await run("int8")];
  const norm = (values: Iterable<number>) => Math.hypot(...values);
  const error = norm(exact.map((value, i) => value - found[i]!)) / norm(exact);
  assert(error > 1e-4 && error < 0.02, `${error}`);
});

Deno.test("quantised() has weights of 8 bits, and leaves what is no linear layer alone", () => {
  const before = exportOnnx({ y }, weights);
  const after = quantised(before);
  const types = after.nodes.map(({ type }) => type).filter((type) => type !== "Reshape");
  const layer = ["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul"];
  assertEquals(types, [...layer, "Add", "Relu", ...layer]);
  const kept = Object.fromEntries(after.initializers.map(({ name, dtype }) => [name, dtype]));
  assertEquals([kept["w1/int8"], kept["w1/scales"], kept["b1"]], ["int8", "float32", "float32"]);
  assertEquals("w1" in kept, false);
  // Weights that are inputs of the model stay as they are.
  const free = exportOnnx({ y });
  assertEquals(quantised(free).nodes, free.nodes);
});

Deno.test("quantised() keeps the largest weight of each output exactly, and rows of zeros", () => {
  const rows = Float32Array.of(0.5, -1, 0, 0);
  const layer = exportOnnx(
    { z: affine(input("x", [1, 2]), input("w", [2, 2]), null) },
    new Map([["w", { shape: [2, 2], data: rows }]]),
  );
  const { initializers } = quantised(layer);
  const data = (name: string) => [...initializers.find((one) => one.name === name)!.data];
  assertEquals(data("w/int8"), [64, 0, -127, 0]); // [k, n]
  assertEquals(data("w/scales"), [Math.fround(1 / 127), 1]);
});
