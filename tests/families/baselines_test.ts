import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { type BaselineVariant, baselineVariants } from "../../lib/families/baseline_variants.ts";
import { deeplab } from "../../lib/families/deeplab/deeplab.ts";
import { fcn } from "../../lib/families/fcn/fcn.ts";
import type { BaselineConfig } from "../../lib/families/encoders/resnet.ts";
import { semanticFpn } from "../../lib/families/semantic_fpn/semantic_fpn.ts";
import { parameterCount, Scope } from "../../lib/nn/scope.ts";
import { type Model, segmentationLoss } from "../../lib/nn/scores.ts";
import { assertGradients, assertOutput, type Golden, golden } from "../golden.ts";
import { runGraph } from "../run_graph.ts";

const networks = { fcn, semantic_fpn: semanticFpn, deeplabv3plus: deeplab } as const;

function modelOf(family: BaselineVariant["family"], config: BaselineConfig): Model {
  return (p, images) => networks[family](p, images, config);
}

/** Ones for the dropout of a training graph, which the reference trains without. */
function nothingDropped(noise: ReadonlyMap<string, { tensor: { shape: readonly number[] } }>) {
  return Object.fromEntries(
    [...noise].map(([name, { tensor: { shape } }]): [string, NDArray] => [
      name,
      { shape, data: new Float32Array(sizeOf(shape)).fill(1) },
    ]),
  );
}

async function compareEvaluation(file: Golden, model: Model): Promise<void> {
  const images = file.tensor("in/images");
  const net = Scope.build(false, (p) => model(p, input("images", images.shape)));
  const weights = file.weights();
  const used = [...net.parameters.keys()].map((name) => [name, weights.get(name)!] as const);
  const { map } = await runGraph({ map: net.outputs.map }, {
    images,
    ...Object.fromEntries(used),
  });
  assertOutput(map, file.tensor("out/map_eval"), "map");
}

async function compareTraining(file: Golden, model: Model): Promise<void> {
  const images = file.tensor("in/images");
  const labels = { shape: file.stored("in/labels").shape, data: file.labels() };
  const net = Scope.build(true, (p) => model(p, input("images", images.shape)));
  const weights = file.weights();
  assertEquals([...net.parameters.keys()].sort(), [...weights.keys()].sort());

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
  Deno.test(`${network.name}() gives torch's scores when it evaluates`, async () => {
    const file = await golden(`baselines_${family}`);
    await compareEvaluation(file, modelOf(file.config.family, file.config));
  });

  Deno.test(`${network.name}() gives torch's gradients and statistics when it trains`, async () => {
    const file = await golden(`baselines_${family}`);
    await compareTraining(file, modelOf(file.config.family, file.config));
  });
}

function count({ family, depth, image }: BaselineVariant, classes: number, training: boolean) {
  const model = modelOf(family, { depth, classes });
  const images = input("images", [2, 3, image, image]);
  return parameterCount(Scope.build(training, (p) => model(p, images)).parameters);
}

for (const [name, variant] of Object.entries(baselineVariants)) {
  Deno.test(`baselineVariants: ${name} has its number of parameters`, () => {
    assertEquals(count(variant, 150, false), variant.parameters);
  });
}

/** The deeper stem of mmseg's V1c: 3×3 convolutions 3→32→32→64 with norms, for 7×7 3→64. */
const DEEPER_STEM = 9 * (3 * 32 + 32 * 32 + 32 * 64) + 2 * (32 + 32 + 64) - (49 * 3 * 64 + 2 * 64);

// Millions on ADE20K in the papers of SegFormer (FCN, DeepLabv3+) and PVT (Semantic FPN): quoted
// from memory, but the first decimal tells a 3×3 bottleneck from a separable one.
const published = {
  "FCN-R101": 68.6,
  "DeepLabv3+-R101": 62.7,
  "SemanticFPN-R50": 28.5,
  "SemanticFPN-R101": 47.5,
} as const;

for (const [name, millions] of Object.entries(published)) {
  Deno.test(`baselineVariants: ${name} has the published size with mmseg's stem when it trains`, () => {
    const variant = baselineVariants[name as keyof typeof published];
    assertEquals(((count(variant, 150, true) + DEEPER_STEM) / 1e6).toFixed(1), `${millions}`);
  });
}

Deno.test("deeplab() refuses single images when it trains", () => {
  const images = input("images", [1, 3, 64, 64]);
  const build = () => Scope.build(true, (p) => deeplab(p, images, { depth: 18, classes: 5 }));
  assertThrows(build, RangeError, "Cannot train DeepLabv3+: batches of at least 2 images needed");
});

Deno.test("baselines cover the image when its sides are no multiples of their strides", () => {
  const images = input("images", [1, 3, 101, 67]);
  for (const network of Object.values(networks)) {
    const { outputs } = Scope.build(false, (p) => network(p, images, { depth: 18, classes: 5 }));
    assertEquals([outputs.height, outputs.width], [101, 67]);
    const stride = network === fcn ? 8 : 4;
    assertEquals(outputs.map.shape, [1, 5, Math.ceil(101 / stride), Math.ceil(67 / stride)]);
  }
});
