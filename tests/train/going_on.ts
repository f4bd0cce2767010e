/** A short training that is stopped and goes on. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals } from "@std/assert";
import { readSafetensors } from "../../lib/checkpoints/safetensors.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { initialize } from "../../lib/nn/init.ts";
import { checkpointFile } from "../../lib/train/checkpoint.ts";
import { type TrainConfig, trainConfigSchema } from "../../lib/train/config.ts";
import { train } from "../../lib/train/train.ts";
import { exampleOf, labelMap } from "../data/fixtures.ts";

/** Four steps of one image each, the network of full depth. */
export const config = trainConfigSchema.parse({
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
export const dataset: Dataset = {
  name: "half",
  classes: ["a", "b"],
  palette: [[0, 0, 0], [1, 1, 1]],
  length: 2,
  example: (index) => {
    const labels = labelMap(32, 32, (x) => index === 0 ? 255 : x % 2);
    return Promise.resolve({ ...exampleOf(labels), name: `${index}.png` });
  },
};

/** Trains in one go, and in two. */
export async function stopsAndGoesOn(dir: string, change: Partial<TrainConfig>): Promise<void> {
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
