import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readSafetensors } from "../../lib/checkpoints/safetensors.ts";
import type { NDArray } from "../../lib/array.ts";
import { checkpointFile } from "../../lib/train/checkpoint.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { ownArchitecture } from "../../lib/families/own.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { initialize } from "../../lib/nn/init.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { type TrainConfig, trainConfigSchema } from "../../lib/train/config.ts";
import { type StepReport, train } from "../../lib/train/train.ts";
import { exampleOf, labelMap, withFolder } from "../data/fixtures.ts";
import { difference } from "../same.ts";

const config = trainConfigSchema.parse({
  variant: "Seg-T/32",
  crop: 32,
  batch: 1,
  accumulate: 1,
  steps: 4,
  seed: 1,
  threads: 1,
  optimizer: "sgd",
  lr: 1e-3,
  minLr: 0,
  power: 0.9,
  warmup: 0,
  weightDecay: 0,
  clip: null,
  dropPath: 0,
  decoderDropout: 0,
  scale: [1, 1],
  flip: false,
  colour: "none",
  normalization: "vit",
  maxClassShare: 0.75,
  pretrained: null,
  stride: 32,
  logEvery: 1,
  checkpointEvery: 4,
});

/** Two examples; of one of them no pixel has a label. */
const dataset: Dataset = {
  name: "half",
  classes: ["a", "b"],
  palette: [[0, 0, 0], [1, 1, 1]],
  length: 2,
  example: (index) => {
    const labels = labelMap(32, 32, (x) => index === 0 ? 255 : x % 2);
    return Promise.resolve({ ...exampleOf(labels), name: `${index}.png` });
  },
};

Deno.test("train() goes on past a crop without any labelled pixel and names its file once", async () => {
  const warnings: string[] = [];
  const losses: number[] = [];
  await train({
    config,
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
        config: { ...config, checkpointEvery: 2 },
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

const PRETRAINED = "0".repeat(64);

const changes: Readonly<Record<string, Partial<TrainConfig>>> = {
  "all that learns": {},
  "an average of weights": { ema: 0.9 },
  "frozen blocks, a cosine and layers of other rates": {
    pretrained: PRETRAINED,
    freeze: 10,
    schedule: "cosine",
    layerDecay: 0.75,
  },
  "two stages of warm-up and layers of other rates": {
    network: { encoder: { layers: 2 } },
    schedule: "two-stage",
    warmup: 1,
    layerDecay: 0.8,
  },
  "adapters and a balanced sample": { pretrained: PRETRAINED, loraRank: 2, sample: "balanced" },
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`train() that is told to stop goes on to the same bytes with ${what}`, () =>
    withFolder((dir) => stopsAndGoesOn(dir, change)));
}

/** Trains in one go, and in two. */
async function stopsAndGoesOn(dir: string, change: Partial<TrainConfig>): Promise<void> {
  const { ema = null } = change;
  const reason = new Error("asked to stop");
  const run = async (name: string, resume: boolean, last: number) => {
    const checkpoint = join(dir, name);
    const controller = new AbortController();
    const stopped: number[] = [];
    const training = train({
      config: { ...config, checkpointEvery: 4, optimizer: "adamw", ...change },
      dataset,
      checkpoint: checkpointFile(checkpoint),
      resume,
      initial: ({ net }) => initialize(net.parameters, 1),
      onStep: ({ step }) => void (step === last && controller.abort(reason)),
      stop: controller.signal,
      onStopped: (done) => void stopped.push(done),
    });
    const [trained, error] = await training.then(
      (trained) => [trained, null],
      (error) => [null, error],
    );
    return { trained, error, stopped, bytes: await readFile(checkpoint) };
  };
  const whole = await run("whole", false, Infinity);
  const first = await run("parts", false, 3);
  assertEquals([whole.error, first.error, first.stopped], [null, reason, [3]]);
  assert(!whole.bytes.equals(first.bytes));
  const second = await run("parts", true, Infinity);
  assertEquals([second.error, second.stopped], [null, []]);
  assert(whole.bytes.equals(second.bytes));
  assertEquals(second.trained!.weights, whole.trained!.weights);
  const { tensors } = await readSafetensors(join(dir, "whole"));
  const name = "decoder.head.weight";
  const kept = tensors.get(ema === null ? name : `average/${name}`)!;
  assertEquals(whole.trained!.weights.get(name), kept);
  assertEquals(tensors.has(`average/${name}`), ema !== null);
}

Deno.test("train() of more steps goes on from the end of a shorter run, as one made so from the beginning", () =>
  withFolder(async (dir) => {
    const run = async (name: string, change: Partial<TrainConfig>, resume: boolean) => {
      const rates: number[] = [];
      const checkpoint = join(dir, name);
      await train({
        config: { ...config, optimizer: "adamw", checkpointEvery: 10, ...change },
        dataset,
        checkpoint: checkpointFile(checkpoint),
        resume,
        initial: ({ net }) => initialize(net.parameters, 1),
        onStep: ({ lr }) => void rates.push(lr),
      });
      return { rates, bytes: await readFile(checkpoint) };
    };
    const short = await run("parts", { steps: 2 }, false);
    const other = run("parts", { steps: 4 }, true);
    await assertRejects(() => other, TypeError, "a checkpoint of this very config needed");
    const longer = { steps: 4, continued: [2] };
    const rest = await run("parts", longer, true);
    const whole = await run("whole", longer, false);
    assert(rest.bytes.equals(whole.bytes));
    assertEquals([...short.rates, ...rest.rates], whole.rates);
    const twice = await run("parts", { steps: 5, continued: [2, 4] }, true);
    assertEquals(twice.rates.length, 1);
  }));

Deno.test("train() warms the encoder up after the rest when the schedule has two stages", async () => {
  const seen: ReadonlyMap<string, NDArray>[] = [];
  const lrs: number[] = [];
  await train({
    config: {
      ...config,
      network: { encoder: { layers: 1 } },
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
