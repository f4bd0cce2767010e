import { assert, assertEquals, assertThrows } from "@std/assert";
import { declaredBy, modelOf } from "../../lib/families/family.ts";
import { overridden, type Overrides } from "../../lib/families/overridden.ts";
import { families, variantOf } from "../../lib/families/registry.ts";
import { add, relu } from "../../lib/graph/ops/math.ts";
import { maxPool } from "../../lib/graph/ops/pool.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { type Model, pixelModel } from "../../lib/nn/model.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { forWebGpu } from "../../lib/graph/for_webgpu.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value, type Values } from "../../lib/runtime/value.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { ALONE } from "../../lib/ranks/ranks.ts";
import { trainerOf } from "../../lib/train/trainer.ts";
import { numbered } from "../graph/finite_differences.ts";
import { records } from "../graph/gradient_cases.ts";
import { randomArray } from "../random_array.ts";
import { hasDevice } from "./has_device.ts";

async function run(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Values,
  provider: Provider,
): Promise<Record<string, Float32Array>> {
  const program = await Program.compile(outputs, { provider, threads: 1 });
  const results = await program.run(feeds);
  await program.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Float32Array.from(data, Number)]),
  );
}

/** Fails where the device's numbers are further from the processor's than a share of the largest. */
function assertNear(
  what: string,
  found: Readonly<Record<string, Float32Array>>,
  wanted: Readonly<Record<string, Float32Array>>,
  share: number,
): void {
  for (const [name, own] of Object.entries(wanted)) {
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const far = own.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - found[name]![i]!)),
      0,
    );
    assert(far <= share * largest, `${what}, ${name}: ${far} from numbers up to ${largest}`);
  }
}

/** Second derivatives of max pooling, which ask for the places of maxima. */
const WITHOUT = ["maxIndices", "scatter", "gather"];

Deno.test({
  name: "every operation and its gradient has the processor's values on WebGPU",
  ignore: !hasDevice,
  fn: async () => {
    for (const [name, cases] of Object.entries(records)) {
      for (const [i, test] of cases.entries()) {
        const { outputs, at } = numbered(name, test);
        if (WITHOUT.includes(name)) {
          assertThrows(() => forWebGpu(outputs), RangeError, "compute it on cpu");
          continue;
        }
        const feeds = Object.fromEntries(
          at.map(({ data, shape }, k) => [`x${k}`, value(data, shape)]),
        );
        const wanted = await run(outputs, feeds, "cpu");
        assertNear(`${name} ${i}`, await run(outputs, feeds, "webgpu"), wanted, 1e-4);
      }
    }
  },
});

const adamw = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const;
/** AdamW's first steps go by the signs of gradients, of which batch norm over a few places leaves some near 0. */
const sgd = { name: "sgd", momentum: 0.9, nesterov: false } as const;

interface Small {
  /** What makes a variant small: what is there twice is compiled twice. */
  readonly network: Overrides;
  /** Side of the images, 32 where it is not given. */
  readonly side?: number;
}

const oneBlock = { encoder: { layers: 1 } };

/** Networks of all families. */
const networks: Readonly<Record<string, Small>> = {
  "Seg-T/16": { network: oneBlock },
  "Seg-T-Mask/16": { network: { ...oneBlock, decoder: { layers: 1 } } },
  "SegFormer-B0": { network: { depths: [1, 1, 1, 1] } },
  "SETR-PUP-Tiny": { network: { ...oneBlock, layers: [0], auxiliary: [0] } },
  "SETR-MLA-Tiny": {
    network: { encoder: { layers: 4 }, layers: [0, 1, 2, 3], auxiliary: [0] },
  },
  "DeepLabv3+-R18": { network: {} },
  "FCN-R18": { network: {} },
  // At 32² batch norm sees two values a channel, by whose difference gradients are divided.
  "SemanticFPN-R18": { network: {}, side: 64 },
  "UPerNet-Swin-T": {
    network: {
      encoder: { dim: 24, depths: [1, 2, 1, 1] },
      channels: 20,
      auxiliary: { channels: 8 },
    },
  },
  "Swin-Unet": { network: { encoder: { dim: 24, depths: [1, 2, 1, 1] } } },
  "TransUNet": {
    network: {
      ...{ width: 32, units: [1, 1, 1], dim: 48, heads: 2, layers: 1, hidden: 96 },
      ...{ decoder: [16, 12, 8, 8] },
    },
  },
  "DINOv2-S-reg/14": { network: oneBlock },
  "DINOv3-S-Mask/16": { network: { ...oneBlock, decoder: { layers: 1 } } },
  "EoMT-T/16": { network: { encoder: { layers: 2 }, blocks: 1, queries: 5 } },
};

Deno.test("WebGPU is tested with a network of each family", () => {
  const tested = new Set(Object.keys(networks).map((name) => variantOf(name).family));
  assertEquals(families.filter((family) => !tested.has(family)), []);
});

for (const [name, { network, side = 32 }] of Object.entries(networks)) {
  // Attention's masks are drawn on the device, in other places than the processor's.
  const decoderDropout = name.includes("-Mask/") ? 0 : 0.1;
  const { family, config: whole } = variantOf(name)
    .architecture({ classes: 5, image: side, dropPath: 0.1, decoderDropout });
  const architecture = { family, config: overridden(whole, network) };
  const model = modelOf(architecture);

  Deno.test({
    name: `${name} gives the processor's logits on WebGPU`,
    ignore: !hasDevice,
    fn: async () => {
      const weights = initialize(declaredBy(architecture, side).parameters, 1);
      const images = randomArray("images", [1, 3, side, side]);
      const { outputs } = Scope.build(false, (p) => {
        const scores = model.scores(model.build(p, input("images", images.shape)));
        return logitsOf(scores, side, side);
      });
      const feeds = {
        images: value(images.data, images.shape),
        ...Object.fromEntries(
          [...weights].map(([name, { data, shape }]) => [name, value(data, shape)]),
        ),
      };
      const wanted = await run({ logits: outputs }, feeds, "cpu");
      assertNear(name, await run({ logits: outputs }, feeds, "webgpu"), wanted, 1e-4);
    },
  });

  learns(name, model, side);
}

learns(
  "a ResNet's stem and a block",
  pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const layer = (name: string, x: Tensor, kernel: number, stride: number) => {
      const options = { out: 8, kernel, stride, padding: (kernel - 1) / 2, bias: false };
      return batchNorm(p.at(name).at("bn"), conv(p.at(name), x, options));
    };
    const stem = relu(layer("stem", images, 7, 2));
    const x = maxPool(stem, { kernel: 3, stride: 2, padding: 1 });
    const block = layer("b", relu(layer("a", x, 3, 1)), 3, 1);
    const head = { out: 5, kernel: 1, bias: true };
    return { map: conv(p.at("head"), relu(add(x, block)), head), height, width };
  }),
  32,
);

/** Tests that a model's losses are the processor's. */
function learns(name: string, model: Model, side: number): void {
  Deno.test({
    name: `${name} learns as on the processor where WebGPU computes`,
    ignore: !hasDevice,
    fn: async () => {
      const config = {
        batch: 2,
        crop: side,
        accumulate: 1,
        optimizer: name.includes("R18") || name.includes("ResNet") ? sgd : adamw,
        group: () => ({ lrScale: 1, weightDecay: 0.01 }),
        clip: 1,
        threads: 1,
        seed: 1,
        steps: 10,
      } as const;
      const images = randomArray("images", [2, 3, side, side]);
      const labels = Uint8Array.from(
        { length: 2 * side * side },
        (_, i) => Math.floor(5 * i / (2 * side * side)),
      );
      const batch = {
        step: 0,
        images,
        labels: { shape: [2, side, side], data: labels },
        unlabelled: [],
      };
      const losses = async (provider: Provider) => {
        const graph = stepGraph(model, config);
        const first = initialize(graph.net.parameters, 1);
        const trainer = await trainerOf(graph, { ...config, provider }, first, ALONE);
        const found: number[] = [];
        for (let step = 0; step < 3; step++) {
          found.push((await trainer.run([batch], step, 1e-3)).loss);
        }
        await trainer.release();
        return Float32Array.from(found);
      };
      assertNear(name, { losses: await losses("webgpu") }, { losses: await losses("cpu") }, 1e-3);
    },
  });
}
