import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { deeplabv3plus } from "../../lib/families/deeplabv3plus/deeplabv3plus.ts";
import { fcn } from "../../lib/families/fcn/fcn.ts";
import { variants } from "../../lib/families/registry.ts";
import { semanticFpn } from "../../lib/families/semantic_fpn/semantic_fpn.ts";
import { parameterCount, Scope } from "../../lib/nn/scope.ts";
import { type Scores, segmentationLoss } from "../../lib/nn/scores.ts";
import { assertGradients, assertOutput, type Golden, ownGolden } from "../golden.ts";
import { runGraph } from "../run_graph.ts";
import { assertSame } from "../same.ts";

const networks = { fcn, semantic_fpn: semanticFpn, deeplabv3plus } as const;

type Network = (p: Scope, images: Tensor) => Scores;

function networkOf({ config }: Golden): Network {
  return (p, images) => networks[config.family as keyof typeof networks](p, images, config);
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

async function compareEvaluation(file: Golden, model: Network): Promise<void> {
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
  Deno.test(`${network.name}() gives torch's scores when it evaluates`, async () => {
    const file = await ownGolden(`own/baselines_${family}`);
    await compareEvaluation(file, networkOf(file));
  });

  Deno.test(`${network.name}() gives torch's gradients and statistics when it trains`, async () => {
    const file = await ownGolden(`own/baselines_${family}`);
    await compareTraining(file, networkOf(file));
  });
}

function count(name: string, training: boolean): number {
  const { family, config, image } = variants[name]!;
  const model = family.model(config({ classes: 150, image, dropPath: 0, decoderDropout: 0 }));
  const images = input("images", [2, 3, image, image]);
  return parameterCount(Scope.build(training, (p) => model.build(p, images)).parameters);
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
  Deno.test(`variants: ${name} has the published size with mmseg's stem when it trains`, () => {
    assertEquals(((count(name, true) + DEEPER_STEM) / 1e6).toFixed(1), `${millions}`);
  });
}

Deno.test("deeplabv3plus() refuses single images when it trains", () => {
  const images = input("images", [1, 3, 64, 64]);
  const build = () => Scope.build(true, (p) => deeplabv3plus(p, images, { depth: 18, classes: 5 }));
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
