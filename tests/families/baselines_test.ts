import { assertEquals, assertThrows } from "@std/assert";
import { deeplabv3plus } from "../../lib/families/deeplabv3plus/deeplabv3plus.ts";
import { fcn } from "../../lib/families/fcn/fcn.ts";
import { variants } from "../../lib/families/registry.ts";
import { input } from "../../lib/graph/tensor.ts";
import { parameterCount, Scope } from "../../lib/nn/scope.ts";
import { assertOutput, type Golden, ownGolden } from "../golden.ts";
import { runGraph } from "../run_graph.ts";
import { type Network, networkOf, networks } from "./baseline_networks.ts";

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

for (const [family, network] of Object.entries(networks)) {
  Deno.test(`${network.name}() gives torch's scores when it evaluates`, async () => {
    const file = await ownGolden(`own/baselines_${family}`);
    await compareEvaluation(file, networkOf(file));
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
