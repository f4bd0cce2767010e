/** The baselines and their ResNet against torch when they train. */
import { assertAlmostEquals } from "@std/assert";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { resnet } from "../../lib/families/encoders/resnet.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { add, mul } from "../../lib/graph/ops/math.ts";
import { mean } from "../../lib/graph/ops/reduce.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { constant, input, type Tensor } from "../../lib/graph/tensor.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { segmentationLoss } from "../../lib/nn/scores.ts";
import { type Network, networkOf, networks } from "../families/baseline_networks.ts";
import { assertGradients, assertOutput, generate, type Golden, ownGolden } from "../golden.ts";
import { runGraph } from "../run_graph.ts";
import { assertSame } from "../same.ts";

/** Ones for the dropout of a training graph, which the reference trains without. */
function nothingDropped(noise: ReadonlyMap<string, { tensor: { shape: readonly number[] } }>) {
  return Object.fromEntries(
    [...noise].map(([name, { tensor: { shape } }]): [string, NDArray] => [
      name,
      { shape, data: new Float32Array(sizeOf(shape)).fill(1) },
    ]),
  );
}

async function compareTraining(file: Golden, model: Network): Promise<void> {
  const images = file.tensor("in/images");
  const labels = { shape: file.stored("in/labels").shape, data: file.labels() };
  const net = Scope.build(true, (p) => model(p, input("images", images.shape)));
  const weights = file.weights();
  assertSame([...net.parameters.keys()].sort(), [...weights.keys()].sort());

  const loss = segmentationLoss(net.outputs, input("labels", labels.shape, "uint8"));
  const wanted = file.names("gs/");
  const derived = gradients(loss, wanted.map((name) => net.parameters.get(name)!.tensor));
  const running = file.names("out/running/");
  const outputs: Record<string, Tensor> = {
    loss,
    ...Object.fromEntries(wanted.map((name, i) => [`gradient/${name}`, derived[i]!])),
    ...Object.fromEntries(running.map((name) => [`running/${name}`, net.updates.get(name)!])),
  };
  const fed = { images, labels, ...Object.fromEntries(weights), ...nothingDropped(net.noise) };
  const results = await runGraph(outputs, fed);

  const reference = file.tensor("out/loss").data[0]!;
  assertAlmostEquals(results.loss!.data[0]!, reference, 2e-5 * reference);
  assertGradients(file, new Map(wanted.map((name) => [name, results[`gradient/${name}`]!])));
  for (const name of running) {
    assertOutput(results[`running/${name}`]!, file.tensor(`out/running/${name}`), name);
  }
}

for (const [family, network] of Object.entries(networks)) {
  Deno.test(`${network.name}() gives torch's gradients and statistics when it trains`, async () => {
    const file = await ownGolden(`own/baselines_${family}`);
    await compareTraining(file, networkOf(file));
  });
}

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
