/**
 * Seglab's side of the comparison, a process of its own: `seglab_worker.ts CASE WEIGHTS THREADS DEVICE`, with
 * the case as JSON. A line with a number is how often to run, any other one where the logits go.
 */
import { createInterface } from "node:readline";
import process from "node:process";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { readSafetensors, writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { modelOf } from "../../lib/families/family.ts";
import { laterDefaults, normalizations } from "../../lib/families/recipe.ts";
import { tuningOf } from "../../lib/families/tuning.ts";
import { publishedProtocol } from "../../lib/inference/chosen_protocol.ts";
import { networkFor } from "./bare_network.ts";
import { PLAIN_LOSS } from "../../lib/nn/losses/options.ts";
import { NetworkPredictor } from "../../lib/inference/predictor.ts";
import { ALONE } from "../../lib/ranks/ranks.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { trainerOf } from "../../lib/train/trainer.ts";
import { architectureOf, type Case, type Timing } from "./cases.ts";
import { panoramas } from "./made_data.ts";
import { peakMiB } from "./peak_memory.ts";

const [json, weightsFile, threads, device] = process.argv.slice(2) as [
  ...[string, string, string, Provider],
];
const chosen: Case = JSON.parse(json);
const { tensors } = await readSafetensors(weightsFile);
const architecture = architectureOf(chosen);
const model = modelOf(architecture);
const images = imagesOf(chosen);
const step = await prepare(chosen, tensors, Number(threads));
for await (const line of createInterface({ input: process.stdin })) {
  if (Number.isNaN(Number(line))) {
    const logits = await networkFor(model, tensors, Number(threads), device)(images);
    await writeSafetensors(line, new Map([["logits", logits]]));
    console.log(JSON.stringify(line));
    continue;
  }
  const ms: number[] = [];
  let check = 0;
  for (let i = 0; i < Number(line); i++) {
    const started = performance.now();
    const measure = await step();
    ms.push(performance.now() - started);
    check = measure();
  }
  const timing: Timing = { ms, check, peakMiB: peakMiB() };
  console.log(JSON.stringify(timing));
}

/** A function to be timed; what it returns computes the check value outside of the time. */
type Timed = () => Promise<() => number>;

async function prepare(
  one: Case,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
): Promise<Timed> {
  switch (one.mode) {
    case "inference":
      return inference(weights, threads);
    case "predict":
      return await prediction(one, weights, threads);
    case "train":
      return await trainingStep(one, weights, threads);
  }
}

function inference(weights: ReadonlyMap<string, NDArray>, threads: number): Timed {
  const network = networkFor(model, weights, threads, device);
  return async () => {
    const logits = await network(images);
    return () => logits.data.reduce((sum, x) => sum + Math.abs(x), 0) / logits.data.length;
  };
}

/** The largest class of each pixel of a picture, as the family tests on ADE20K. */
async function prediction(
  { side }: Case,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
): Promise<Timed> {
  const { family, config } = architecture;
  const predictor = new NetworkPredictor({
    architecture,
    weights,
    normalization: normalizations.imagenet,
    protocol: publishedProtocol(family, "ade20k", config, { window: side }),
    threads,
    provider: device,
  });
  const { image } = await panoramas({ width: side, height: side }, 1).example(0);
  return async () => {
    const { labels: { data } } = await predictor.predict(image);
    return () => data.reduce((sum, label) => sum + label + 1, 0) / data.length;
  };
}

/** A step with AdamW on made labels. */
async function trainingStep(
  { side, batch, classes, loss = PLAIN_LOSS.loss, frozen }: Case,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
): Promise<Timed> {
  const config = {
    batch,
    crop: side,
    accumulate: 1,
    optimizer: { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const,
    group: () => ({ lrScale: 1, weightDecay: 0.01 }),
    clip: null,
    loss: { ...PLAIN_LOSS, loss },
    tuning: tuningOf(architecture, {
      freeze: frozen ? "encoder" : null,
      loraRank: null,
      loraAlpha: laterDefaults.loraAlpha,
    }),
    threads,
    provider: device,
    seed: 0,
    steps: 1000,
  };
  const trainer = await trainerOf(stepGraph(model, config), config, weights, ALONE);
  const labels = Uint8Array.from(
    { length: batch * side * side },
    (_, i) => Math.floor(i / 37) % classes,
  );
  let done = 0;
  return async () => {
    const step = done++;
    const batchOf = {
      step,
      unlabelled: [],
      images,
      labels: { shape: [batch, side, side], data: labels },
    };
    const { loss } = await trainer.run([batchOf], step, 2e-4);
    return () => loss;
  };
}

function imagesOf({ batch, side }: Case): NDArray {
  const shape = [batch, 3, side, side];
  const value = (_: unknown, i: number) => ((i * 7919 + 13) % 1000) / 500 - 1;
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, value) };
}
