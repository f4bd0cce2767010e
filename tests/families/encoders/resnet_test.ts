import { assertAlmostEquals, assertEquals } from "@std/assert";
import { sizeOf } from "../../../lib/array.ts";
import { gradients } from "../../../lib/graph/gradients.ts";
import { add, mul } from "../../../lib/graph/ops/math.ts";
import { mean } from "../../../lib/graph/ops/reduce.ts";
import { reshape } from "../../../lib/graph/ops/structure.ts";
import { constant, input, type Tensor } from "../../../lib/graph/tensor.ts";
import { resnet } from "../../../lib/families/encoders/resnet.ts";
import { initialize } from "../../../lib/nn/init.ts";
import { parameterCount, Scope } from "../../../lib/nn/scope.ts";
import { assertGradients, assertOutput, generate, ownGolden } from "../../golden.ts";
import { runGraph } from "../../run_graph.ts";
import { assertSame } from "../../same.ts";

/** The mean of a map times noise: what the reference takes gradients of. */
function weightedMean(map: Tensor, seed: number): Tensor {
  const weights = constant(generate(seed, sizeOf(map.shape), 23), map.shape);
  return reshape(mean(mul(map, weights), [0, 1, 2, 3]), []);
}

Deno.test("resnet() gives torch's maps, gradients and statistics when it is dilated", async () => {
  const file = await ownGolden("own/baselines_resnet50");
  const images = file.tensor("in/images");
  const net = Scope.build(true, (p) => resnet(p, input("images", images.shape), 50, 8));
  const weights = file.weights();
  const buffers = new Map([...net.parameters].filter(([, { buffer }]) => buffer));
  assertSame(
    [...net.parameters.keys()].filter((name) => !buffers.has(name)).sort(),
    [...weights.keys()].sort(),
  );

  const loss = net.outputs.map(weightedMean).reduce(add);
  const wanted = file.names("gs/");
  const derived = gradients(loss, wanted.map((name) => net.parameters.get(name)!.tensor));
  const running = file.names("out/running/");
  const outputs: Record<string, Tensor> = {
    loss,
    ...Object.fromEntries(net.outputs.map((map, i) => [`layer${i + 1}`, mean(map, [1])])),
    ...Object.fromEntries(wanted.map((name, i) => [`gradient/${name}`, derived[i]!])),
    ...Object.fromEntries(running.map((name) => [`running/${name}`, net.updates.get(name)!])),
  };
  const results = await runGraph(outputs, {
    images,
    ...Object.fromEntries(weights),
    ...Object.fromEntries([...initialize(buffers, 1)].filter(([name]) => running.includes(name))),
  });

  for (const i of [1, 2, 3, 4]) {
    assertOutput(results[`layer${i}`]!, file.tensor(`out/layer${i}`), `layer${i}`);
  }
  const reference = file.tensor("out/loss").data[0]!;
  assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * Math.abs(reference));
  assertGradients(file, new Map(wanted.map((name) => [name, results[`gradient/${name}`]!])));
  for (const name of running) {
    assertOutput(results[`running/${name}`]!, file.tensor(`out/running/${name}`), name);
  }
});

// num_params in torchvision's documentation, less the 1000-way `fc` on 512 or 2048 channels.
const sizes = {
  18: 11_689_512 - 513_000,
  50: 25_557_032 - 2_049_000,
  101: 44_549_160 - 2_049_000,
} as const;

for (const depth of [18, 50, 101] as const) {
  Deno.test(`resnet() has torchvision's number of parameters when its depth is ${depth}`, () => {
    const images = input("images", [1, 3, 64, 64]);
    const { parameters } = Scope.build(false, (p) => resnet(p, images, depth, 32));
    assertEquals(parameterCount(parameters), sizes[depth]);
  });
}

Deno.test("resnet() keeps an eighth of the sides when its last two stages are dilated", () => {
  const images = input("images", [1, 3, 65, 128]);
  const shapes = (stride: 8 | 32) =>
    Scope.build(false, (p) => resnet(p, images, 18, stride)).outputs.map(({ shape }) => shape);
  assertEquals(shapes(32), [[1, 64, 17, 32], [1, 128, 9, 16], [1, 256, 5, 8], [1, 512, 3, 4]]);
  assertEquals(shapes(8), [[1, 64, 17, 32], [1, 128, 9, 16], [1, 256, 9, 16], [1, 512, 9, 16]]);
});

Deno.test("resnet() has torchvision's names and shapes", () => {
  const images = input("images", [1, 3, 64, 64]);
  const { parameters } = Scope.build(false, (p) => resnet(p, images, 50, 32));
  const shapes = Object.fromEntries(
    [...parameters].filter(([name]) => /^(conv1|bn1|layer2\.0)\..*(weight|var)$/.test(name))
      .map(([name, { tensor }]) => [name, tensor.shape]),
  );
  assertEquals(shapes, {
    "conv1.weight": [64, 3, 7, 7],
    "bn1.weight": [64],
    "bn1.running_var": [64],
    "layer2.0.conv1.weight": [128, 256, 1, 1],
    "layer2.0.bn1.weight": [128],
    "layer2.0.bn1.running_var": [128],
    "layer2.0.conv2.weight": [128, 128, 3, 3],
    "layer2.0.bn2.weight": [128],
    "layer2.0.bn2.running_var": [128],
    "layer2.0.conv3.weight": [512, 128, 1, 1],
    "layer2.0.bn3.weight": [512],
    "layer2.0.bn3.running_var": [512],
    "layer2.0.downsample.0.weight": [512, 256, 1, 1],
    "layer2.0.downsample.1.weight": [512],
    "layer2.0.downsample.1.running_var": [512],
  });
});
