import { join } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { type TrainConfig, trainConfigSchema } from "../../lib/train/config.ts";
import { checkpointFile } from "../../lib/train/checkpoint.ts";
import { train } from "../../lib/train/train.ts";
import { exampleOf, labelMap, withFolder } from "../data/fixtures.ts";
import { hasDevice } from "./has_device.ts";

const config: TrainConfig = trainConfigSchema.parse({
  variant: "own network",
  crop: 32,
  batch: 2,
  accumulate: 1,
  steps: 6,
  seed: 1,
  threads: 1,
  optimizer: "adamw",
  lr: 1e-3,
  minLr: 0,
  power: 0.9,
  warmup: 0,
  weightDecay: 0.01,
  clip: 1,
  dropPath: 0,
  decoderDropout: 0,
  scale: [1, 1],
  flip: true,
  colour: "none",
  normalization: "vit",
  maxClassShare: 1,
  pretrained: null,
  stride: 32,
  logEvery: 1,
  checkpointEvery: 2,
  ema: 0.9,
});

const dataset: Dataset = {
  name: "stripes",
  classes: ["a", "b"],
  palette: [[0, 0, 0], [1, 1, 1]],
  length: 3,
  example: (index) => {
    const labels = labelMap(32, 32, (x) => Number((x >> 3) % 2 === index % 2));
    return Promise.resolve({ ...exampleOf(labels), name: `${index}.png` });
  },
};

const model = pixelModel((p, images) => {
  const [, , height, width] = images.dims(4);
  const hidden = conv(p.at("a"), images, { out: 4, kernel: 8, stride: 8, bias: false });
  const map = conv(p.at("b"), batchNorm(p.at("bn"), hidden), { out: 2, kernel: 1, bias: true });
  return { map, height, width };
});

interface Asked {
  readonly device: Provider;
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly until?: number;
}

async function trained({ device, until = Infinity, checkpoint, ...task }: Asked) {
  const losses: number[] = [];
  const { weights } = await train({
    ...task,
    ...checkpoint !== undefined && { checkpoint: checkpointFile(checkpoint) },
    config: { ...config, device },
    architecture: ownArchitecture(model, 2),
    dataset,
    initial: ({ net }) => initialize(net.parameters, 1),
    onRehearsed: () => {},
    onStep: ({ step, loss }) => {
      losses.push(loss);
      if (step === until) throw new Error("stopped");
    },
  });
  return { losses, weights };
}

function assertNear(found: ReadonlyMap<string, NDArray>, wanted: typeof found, most: number): void {
  assertEquals([...found.keys()], [...wanted.keys()]);
  for (const [name, { data }] of wanted) {
    const far = data.reduce(
      (far, x, i) => Math.max(far, Math.abs(x - found.get(name)!.data[i]!)),
      0,
    );
    assert(far <= most, `${name}: ${far}`);
  }
}

Deno.test({
  name: "train() on WebGPU learns as on the processor, and goes on from its checkpoint to the bit",
  ignore: !hasDevice,
  fn: () =>
    withFolder(async (dir) => {
      const own = await trained({ device: "cpu" });
      const whole = await trained({ device: "webgpu" });
      for (const [i, loss] of own.losses.entries()) {
        assert(Math.abs(loss - whole.losses[i]!) < 1e-4, `${own.losses} and ${whole.losses}`);
      }
      assertNear(whole.weights, own.weights, 1e-4);
      const stored = { device: "webgpu", checkpoint: join(dir, "checkpoint.safetensors") } as const;
      await assertRejects(() => trained({ ...stored, until: 5 }), Error, "stopped");
      const rest = await trained({ ...stored, resume: true });
      assertEquals(rest.losses, whole.losses.slice(4));
      assertNear(rest.weights, whole.weights, 0);
    }),
});
