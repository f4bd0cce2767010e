import { existsSync } from "node:fs";
import { assert, assertThrows } from "@std/assert";
import { declaredBy, modelOf } from "../../lib/families/family.ts";
import { overridden, type Overrides } from "../../lib/families/overridden.ts";
import { variantOf } from "../../lib/families/registry.ts";
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

/** Chromium's Vulkan on the processor, which stands in where there is no GPU. */
const SOFTWARE = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (existsSync(SOFTWARE)) Deno.env.set("VK_ICD_FILENAMES", SOFTWARE);

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

const x = input("x", [2]);
const hasDevice = await run({ y: x }, { x: value(new Float32Array(2), [2]) }, "webgpu")
  .then(() => true, () => false);

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

/**
 * What is tested on every machine: software takes ten seconds to compile a network, more than a minute for a step, and
 * many minutes for that of a ResNet, whose stem and block are tested in small below; device_step_test.ts trains a
 * Segmenter. SEGLAB_SLOW=1 tests all networks and their steps.
 */
const QUICK = ["Seg-T-Mask/16", "SegFormer-B0", "SETR-PUP-Tiny", "DeepLabv3+-R18", "Swin-Unet"];
const isSlow = Deno.env.get("SEGLAB_SLOW") !== undefined;

/** Networks of each family with the fewest blocks: what is one twice is compiled twice. */
const networks: Readonly<Record<string, Overrides>> = {
  "Seg-T/16": { encoder: { layers: 1 } },
  "Seg-T-Mask/16": { encoder: { layers: 1 }, decoder: { layers: 1 } },
  "SegFormer-B0": { depths: [1, 1, 1, 1] },
  "SETR-PUP-Tiny": { encoder: { layers: 1 }, layers: [0], auxiliary: [0] },
  "SETR-MLA-Tiny": { encoder: { layers: 4 }, layers: [0, 1, 2, 3], auxiliary: [0] },
  "DeepLabv3+-R18": {},
  "FCN-R18": {},
  "SemanticFPN-R18": {},
  "UPerNet-Swin-T": {
    encoder: { dim: 24, depths: [1, 2, 1, 1] },
    channels: 20,
    auxiliary: { channels: 8 },
  },
  "Swin-Unet": { encoder: { dim: 24, depths: [1, 2, 1, 1] } },
  "TransUNet": {
    ...{ width: 32, units: [1, 1, 1], dim: 48, heads: 2, layers: 1, hidden: 96 },
    ...{ decoder: [16, 12, 8, 8] },
  },
};

for (const [name, overrides] of Object.entries(networks)) {
  if (!isSlow && !QUICK.includes(name)) continue;
  // Attention's masks are drawn on the device, in other places than the processor's.
  const decoderDropout = name === "Seg-T-Mask/16" ? 0 : 0.1;
  const { family, config: whole } = variantOf(name)
    .architecture({ classes: 5, image: 32, dropPath: 0.1, decoderDropout });
  const architecture = { family, config: overridden(whole, overrides) };
  const model = modelOf(architecture);

  Deno.test({
    name: `${name} gives the processor's logits on WebGPU`,
    ignore: !hasDevice,
    fn: async () => {
      const weights = initialize(declaredBy(architecture, 32).parameters, 1);
      const images = randomArray("images", [1, 3, 32, 32]);
      const { outputs } = Scope.build(false, (p) => {
        const scores = model.scores(model.build(p, input("images", images.shape)));
        return logitsOf(scores, 32, 32);
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

  if (!isSlow) continue;
  learns(name, model);
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
);

/** Tests that a model's losses are the processor's. */
function learns(name: string, model: Model): void {
  Deno.test({
    name: `${name} learns as on the processor where WebGPU computes`,
    ignore: !hasDevice,
    fn: async () => {
      const config = {
        batch: 2,
        crop: 32,
        accumulate: 1,
        optimizer: name.includes("ResNet") ? sgd : adamw,
        group: () => ({ lrScale: 1, weightDecay: 0.01 }),
        clip: 1,
        threads: 1,
        seed: 1,
        steps: 10,
      } as const;
      const images = randomArray("images", [2, 3, 32, 32]);
      const labels = Uint8Array.from({ length: 2 * 32 * 32 }, (_, i) => Math.floor(i / 410));
      const batch = {
        step: 0,
        images,
        labels: { shape: [2, 32, 32], data: labels },
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
