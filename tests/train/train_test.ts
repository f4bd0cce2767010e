import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { checkpointFile } from "../../lib/train/checkpoint.ts";
import type { TrainConfig } from "../../lib/train/config.ts";
import { type StepReport, train } from "../../lib/train/train.ts";
import { withFolder } from "../data/fixtures.ts";
import { difference } from "../same.ts";
import { config, dataset, stopsAndGoesOn } from "./going_on.ts";

const shallow = { ...config, network: { encoder: { layers: 1 } } };

Deno.test("train() goes on past a crop without any labelled pixel and names its file once", async () => {
  const warnings: string[] = [];
  const losses: number[] = [];
  await train({
    config: shallow,
    dataset,
    initial: ({ net }) => initialize(net.parameters, 1),
    onStep: ({ loss }) => void losses.push(loss),
    onWarning: (text) => void warnings.push(text),
  });
  assertEquals(warnings.length, 1, `${warnings}`);
  assertStringIncludes(warnings[0]!, "Warning: a crop of 0.png has no pixel of any class");
  assertEquals([losses.length, losses.filter((loss) => loss === 0).length], [4, 2]);
  assert(losses.every(Number.isFinite), `${losses}`);
});

Deno.test("train() resumes from its checkpoint, whose steps it does not do again", () =>
  withFolder(async (dir) => {
    const checkpoint = join(dir, "checkpoint.safetensors");
    const told = { starts: [] as number[], steps: [] as number[] };
    const stopping = new Error("stopped");
    const run = (resume: boolean, last: number) =>
      train({
        config: { ...shallow, checkpointEvery: 2 },
        dataset,
        checkpoint: checkpointFile(checkpoint),
        resume,
        initial: ({ net }) => initialize(net.parameters, 1),
        onStart: (done) => void told.starts.push(done),
        onStep: ({ step }: StepReport) => {
          told.steps.push(step);
          if (step === last) throw stopping;
        },
      });
    await assertRejects(() => run(false, 3), Error, stopping.message);
    const { weights, imagesPerSecond } = await run(true, Infinity);
    assertEquals(told, { starts: [0, 2], steps: [1, 2, 3, 3, 4] });
    assert(imagesPerSecond! > 0 && weights.has("encoder.norm.weight"));
    assertEquals((await run(true, Infinity)).imagesPerSecond, null);
  }));

Deno.test("train() gives the same bytes where three steps are rehearsed, statistics of batches too", async () => {
  const model = pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const hidden = conv(p.at("a"), images, { out: 4, kernel: 8, stride: 8, bias: true });
    const map = conv(p.at("b"), batchNorm(p.at("bn"), hidden), { out: 2, kernel: 1, bias: true });
    return { map, height, width };
  });
  const run = async (onRehearsed?: (seconds: number) => void) => {
    const steps: StepReport[] = [];
    const { weights } = await train({
      config: {
        ...config,
        batch: 2,
        accumulate: 2,
        optimizer: "adamw",
        scale: [0.5, 2],
        flip: true,
      },
      architecture: ownArchitecture(model, 2),
      dataset,
      initial: ({ net }) => initialize(net.parameters, 1),
      onStep: (report) => void steps.push(report),
      ...onRehearsed && { onRehearsed },
    });
    return { steps, weights };
  };
  const seconds: number[] = [];
  const told = await run((one) => void seconds.push(one));
  assert(seconds.length === 1 && seconds[0]! > 0, `${seconds}`);
  assert(told.weights.get("bn.running_mean")!.data.some((value) => value !== 0));
  assertEquals(told, await run());
});

Deno.test("train() that is told to stop goes on to the same bytes with two stages of warm-up and layers of other rates", () =>
  withFolder((dir) =>
    stopsAndGoesOn(dir, {
      network: { encoder: { layers: 2 } },
      schedule: "two-stage",
      warmup: 1,
      layerDecay: 0.8,
    })
  ));

Deno.test("train() warms the encoder up after the rest when the schedule has two stages", async () => {
  const seen: ReadonlyMap<string, NDArray>[] = [];
  const lrs: number[] = [];
  await train({
    config: {
      ...shallow,
      schedule: "two-stage",
      warmup: 1,
      validate: { every: 1, images: 1 },
    },
    dataset,
    initial: ({ net }) => initialize(net.parameters, 1),
    onStep: ({ lr }) => void lrs.push(lr),
    onValidation: (_, weights) => {
      seen.push(
        new Map(
          [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
        ),
      );
      return Promise.resolve(false);
    },
  });
  assertEquals(lrs.slice(0, 2), [0, 1e-3]);
  const kept = (name: string) =>
    seen.slice(1).map((weights, i) => !difference(weights.get(name), seen[i]!.get(name), name));
  // Steps 1 to 4 have the rates 0, base, … for the rest, and 0, 0, base / 2, base for the encoder.
  assertEquals(kept("decoder.head.weight"), [false, false, false]);
  assertEquals(kept("encoder.blocks.0.mlp.fc1.weight"), [true, false, false]);
});

Deno.test("train() refuses to freeze what begins at random", async () => {
  const tried = (change: Partial<TrainConfig>) =>
    train({
      config: { ...config, ...change },
      dataset,
      initial: ({ net }) => initialize(net.parameters, 1),
    });
  const message = "Cannot freeze an encoder: weights to begin from (pretrained) needed";
  await assertRejects(() => tried({ freeze: "encoder" }), RangeError, message);
  await assertRejects(() => tried({ loraRank: 4 }), RangeError, message);
});
