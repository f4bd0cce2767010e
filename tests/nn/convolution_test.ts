import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { exportOnnx } from "../../lib/graph/export.ts";
import { relu } from "../../lib/graph/ops/math.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { type Declared, parameterCount, Scope } from "../../lib/nn/scope.ts";
import { assertOutput, golden, goldenTest } from "../golden.ts";
import { runGraph } from "../run_graph.ts";
import { assertSame } from "../same.ts";

const images = input("images", [2, 6, 9, 8]);
const ops = await golden("ops");

const shapes = ({ parameters }: Declared) =>
  [...parameters].map(([name, { tensor, buffer }]) => [name, tensor.shape, buffer]);

Deno.test("conv() declares torch's names and shapes when it has groups and a bias", () => {
  const net = Scope.build(false, (p) => {
    const x = conv(p.at("proj"), images, { out: 4, kernel: 3, groups: 2, bias: true });
    return conv(p.at("pred"), x, { out: 5, kernel: 1, stride: 2, bias: false });
  });
  assertEquals([...net.outputs.shape], [2, 5, 4, 3]);
  assertEquals(shapes(net), [
    ["proj.weight", [4, 3, 3, 3], false],
    ["proj.bias", [4], false],
    ["pred.weight", [5, 4, 1, 1], false],
  ]);
});

Deno.test("conv() begins with a deviation of √(2 / fan out) and no bias", () => {
  const net = Scope.build(
    false,
    (p) => conv(p, input("x", [1, 64, 8, 8]), { out: 128, kernel: 3, groups: 2, bias: true }),
  );
  const weights = initialize(net.parameters, 1);
  const { data } = weights.get("weight")!;
  const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
  assertAlmostEquals(Math.sqrt(variance), Math.sqrt(2 / (3 * 3 * 64)), 0.002);
  assertSame(weights.get("bias")!.data, new Float32Array(128));
});

Deno.test("batchNorm() declares torch's names and counts no buffers", () => {
  const net = Scope.build(true, (p) => batchNorm(p.at("bn"), images));
  assertEquals(shapes(net), [
    ["bn.weight", [6], false],
    ["bn.bias", [6], false],
    ["bn.running_mean", [6], true],
    ["bn.running_var", [6], true],
  ]);
  assertEquals(parameterCount(net.parameters), 12);
  assertEquals([...net.updates.keys()], ["bn.running_mean", "bn.running_var"]);
});

/** Batch norm of the golden input with the file's weights; the outputs by the file's names. */
async function normalized(op: string, training: boolean) {
  const x = input("x", ops.stored(`in/${op}/x`).shape);
  const net = Scope.build(training, (p) => batchNorm(p, x));
  const names = {
    x: "x",
    weight: "w",
    bias: "b",
    running_mean: "rm",
    running_var: "rv",
  };
  const feeds = Object.entries(names).map(([name, short]) =>
    [name, ops.tensor(`in/${op}/${short}`)] as const
  );
  const next = [...net.updates].map(([name, tensor]) => [`next/${name}`, tensor]);
  const outputs: Record<string, Tensor> = { y: net.outputs, ...Object.fromEntries(next) };
  return await runGraph(outputs, Object.fromEntries(feeds));
}

goldenTest(
  "batchNorm() normalises by the batch and moves the statistics when it is trained",
  ops.part("out/batchnorm_train/"),
  async () => {
    const results = await normalized("batchnorm_train", true);
    for (const name of ["y", "running_mean", "running_var"]) {
      const result = results[name === "y" ? name : `next/${name}`]!;
      assertOutput(result, ops.tensor(`out/batchnorm_train/${name}`), name);
    }
  },
);

goldenTest(
  "batchNorm() uses the running statistics and moves none when it is not trained",
  ops.part("out/batchnorm_eval/"),
  async () => {
    const results = await normalized("batchnorm_eval", false);
    assertEquals(Object.keys(results), ["y"]);
    assertOutput(results.y!, ops.tensor("out/batchnorm_eval/y"));
  },
);

Deno.test("batchNorm() is one node that a runtime folds when it is not trained", () => {
  const net = Scope.build(
    false,
    (p) => relu(batchNorm(p.at("bn"), conv(p, images, { out: 3, kernel: 3, bias: false }))),
  );
  const types = exportOnnx({ y: net.outputs }).nodes.map(({ type }) => type);
  assertEquals(types, ["Conv", "BatchNormalization", "Relu"]);
});

Deno.test("batchNorm() refuses a single value a channel when it is trained", () => {
  const pooled = input("pooled", [1, 4, 1, 1]);
  assertThrows(
    () => Scope.build(true, (p) => batchNorm(p, pooled)),
    RangeError,
    "Cannot batchNorm float32[1, 4, 1, 1] in training: several values a channel needed, got 1",
  );
});
