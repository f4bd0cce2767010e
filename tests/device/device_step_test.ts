import { assert, assertEquals, assertRejects } from "@std/assert";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { modelOf } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { expand, sum } from "../../lib/graph/ops/broadcast.ts";
import { add, exp, mul } from "../../lib/graph/ops/math.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input, scalar } from "../../lib/graph/tensor.ts";
import { conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { type Model, pixelModel } from "../../lib/nn/model.ts";
import { DeviceFailure } from "../../lib/runtime/device_failure.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { DeviceStep } from "../../lib/train/device_step.ts";
import { drawnKeys, drawnMask, keysName } from "../../lib/train/drawn_masks.ts";
import { type StepConfig, TrainStep } from "../../lib/train/step.ts";
import { type StepGraph, stepGraph } from "../../lib/train/step_graph.ts";
import { difference } from "../same.ts";
import { hasDevice } from "./has_device.ts";
import { tinyBatch, tinyModel, tinyStep } from "../train/tiny.ts";

const device = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: !hasDevice, fn });

const adamw = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const;

type State = ReadonlyMap<string, NDArray>;

/** First values of a graph's parameters, new each time. */
const firstOf = ({ net }: StepGraph) => initialize(net.parameters, 1);

async function onDevice(
  model: Model,
  config: StepConfig,
  values?: State,
): Promise<[DeviceStep, StepGraph]> {
  const graph = stepGraph(model, config);
  return [await DeviceStep.compile(graph, config, values ?? firstOf(graph)), graph];
}

async function onProcessor(model: Model, config: StepConfig): Promise<TrainStep> {
  const graph = stepGraph(model, config);
  return await TrainStep.compile(graph, config, firstOf(graph));
}

/** How far two states are from each other at most. */
function distance(a: State, b: State): number {
  assertEquals([...a.keys()], [...b.keys()]);
  let far = 0;
  for (const [name, { data }] of a) {
    data.forEach((x, i) => far = Math.max(far, Math.abs(x - b.get(name)!.data[i]!)));
  }
  return far;
}

device(
  "DeviceStep.run() has the processor's losses over 20 steps and feeds images alone",
  async () => {
    const use = { classes: 4, image: 32, dropPath: 0.1, decoderDropout: 0 };
    const model = modelOf(variantOf("Seg-T/16").architecture(use));
    const config = { ...tinyStep, optimizer: adamw, clip: 1 };
    const own = await onProcessor(model, config);
    const [trainer, graph] = await onDevice(model, config);
    let far = 0;
    for (let step = 0; step < 20; step++) {
      const [wanted, found] = [
        await own.run([tinyBatch(step)], step, 1e-4),
        await trainer.run([tinyBatch(step)], step, 1e-4),
      ];
      far = Math.max(far, Math.abs(wanted.loss - found.loss));
    }
    assert(far < 1e-4, `${far}`);
    const { to, from } = trainer.crossing;
    const images = 4 * 3 * 32 * 32 * 4 + 4 * 32 * 32;
    const hyper = 3 * 4;
    const paths = 4 * 4 * graph.net.noise.size; // a number an image
    assertEquals([to, from], [images + hyper + paths, 4 * (1 + graph.trained.length)]);
    assert(distance(own.state(), await trainer.state()) < 1e-3);
    await own.release();
    await trainer.release();
  },
);

device("DeviceStep adds up micro-batches as the processor does", async () => {
  const config = { ...tinyStep, accumulate: 3, clip: 0.5 };
  const [own, [trainer]] = [
    await onProcessor(tinyModel(0), config),
    await onDevice(tinyModel(0), config),
  ];
  for (let step = 0; step < 3; step++) {
    const micro = [0, 4, 8].map((first) => tinyBatch(step, first));
    const [wanted, found] = [
      await own.run(micro, step, 0.05),
      await trainer.run(micro, step, 0.05),
    ];
    assert(Math.abs(wanted.loss - found.loss) < 1e-4);
    assert(Math.abs(wanted.gradientNorm - found.gradientNorm) < 1e-3 * wanted.gradientNorm);
  }
  assert(distance(own.state(), await trainer.state()) < 1e-4);
  await assertRejects(() => trainer.run([tinyBatch(3)], 3, 0.05), RangeError, "3 micro-batches");
  await own.release();
  await trainer.release();
});

device("DeviceStep.run() lets a part follow a rate of its own, as the processor does", async () => {
  const model = pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const x = conv(p.at("encoder"), images, { out: 4, kernel: 4, stride: 4, bias: true });
    return { map: conv(p.at("head"), x, { out: 4, kernel: 1, bias: true }), height, width };
  });
  const follows = (name: string) => name.startsWith("encoder.");
  const encoderRate = { follows, lr: (step: number) => step === 0 ? 0 : 0.02 };
  for (const accumulate of [1, 2]) {
    const config = { ...tinyStep, batch: 1, accumulate, encoderRate };
    const own = await onProcessor(model, config);
    const [trainer, { trained }] = await onDevice(model, config);
    const first = await trainer.state();
    for (const step of [0, 1]) {
      const micro = [0, 1].slice(0, accumulate).map((first) => tinyBatch(step, first, 1));
      await own.run(micro, step, 0.05);
      await trainer.run(micro, step, 0.05);
      const state = await trainer.state();
      const still = trained.filter((name) => !difference(state.get(name), first.get(name), name));
      assertEquals(still, step === 0 ? trained.filter(follows) : []);
    }
    assert(distance(own.state(), await trainer.state()) < 1e-5);
    await own.release();
    await trainer.release();
  }
});

device("DeviceStep goes on from its state as if it had never stopped, with dropout", async () => {
  const config = { ...tinyStep, optimizer: adamw };
  const [trainer, graph] = await onDevice(tinyModel(0.3), config);
  const large = [...graph.net.noise.values()].filter(({ tensor: { shape } }) => shape.length > 3);
  assert(large.length > 0, "attention has masks");
  await trainer.rehearse([tinyBatch(0)], 0, 0.01);
  const begun = await trainer.state();
  assertEquals(distance(begun, new Map([...begun, ...firstOf(graph)])), 0);
  await trainer.run([tinyBatch(0)], 0, 0.01);
  const half = await trainer.state();
  const { loss } = await trainer.run([tinyBatch(1)], 1, 0.01);
  const [second] = await onDevice(tinyModel(0.3), config, half);
  assertEquals((await second.run([tinyBatch(1)], 1, 0.01)).loss, loss);
  assertEquals(distance(await second.state(), await trainer.state()), 0);
  const other = await second.run([tinyBatch(1)], 1, 0.01);
  assert(other.loss !== loss);
  for (const one of [trainer, second]) await one.release();
});

device("DeviceStep.run() keeps the weights when a loss is not finite", async () => {
  const [trainer] = await onDevice(tinyModel(0), tinyStep);
  const before = await trainer.state();
  const bad = tinyBatch(0);
  bad.images.data[5] = NaN;
  await assertRejects(() => trainer.run([bad], 0, 0.05), RangeError, "the loss needs to be finite");
  assertEquals(distance(before, await trainer.state()), 0);
  await trainer.release();
});

device(
  "DeviceStep.run() says which value a device has no room for, and how to make it smaller",
  async () => {
    const huge = pixelModel((p, images) => {
      const [, , h, w] = images.dims(4);
      const map = conv(p.at("head"), images, { out: 2, kernel: 1, bias: true });
      const many = expand(reshape(map, [1, sizeOf(map.shape)]), [300_000, sizeOf(map.shape)]);
      const none = mul(sum(exp(many), [0, 1]), scalar(0));
      return { map: add(map, reshape(none, [])), height: h, width: w };
    });
    const [trainer] = await onDevice(huge, { ...tinyStep, batch: 1, crop: 32 });
    const step = trainer.run([tinyBatch(0, 0, 1)], 0, 0.05);
    const error = await assertRejects(
      () => step,
      DeviceFailure,
      "room on the device for each value",
    );
    assert(error.message.includes("float32[300000, 2048] of 2.46 GB"), error.message);
  },
);

device("drawnMask() draws the same bits on the processor and on WebGPU", async () => {
  const mask = drawnMask("mask", { tensor: input("mask", [3, 5, 700, 41]), keep: 0.9 });
  const { shape, data } = drawnKeys("mask", mask, 1, 7, 0);
  const drawn = async (provider: Provider) => {
    const program = await Program.compile({ mask: mask.mask }, { provider, threads: 1 });
    const found = await program.run({ [keysName("mask")]: value(data, shape) });
    await program.release();
    return found.mask!.data as Float32Array;
  };
  const [own, other] = [await drawn("cpu"), await drawn("webgpu")];
  assertEquals(own.findIndex((x, i) => x !== other[i]), -1);
});
