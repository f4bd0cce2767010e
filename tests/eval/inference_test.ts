import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { normalise } from "../../lib/data/augment.ts";
import { argmaxClasses } from "../../lib/eval/class_maps.ts";
import { averagePasses, onePass, RATIOS } from "../../lib/eval/multi_scale.ts";
import { networkFor } from "../../lib/eval/network.ts";
import { type Size, slidingWindow } from "../../lib/eval/sliding_window.ts";
import { segmenter, type SegmenterConfig } from "../../lib/models/segmenter.ts";
import { assertOutput, golden } from "../golden.ts";

// The official Segmenter's inference, network included: weights of segmenter_mask, windows of 64.
const file = await golden("inference");
const { window_size: window, window_stride: stride, batch_size: windowBatch } = file.config;
const options = { window, stride, windowBatch };
const vit = { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] } as const;
const original: Size = [100, 150];
const image: NDArray = { shape: [3, ...original], data: file.tensor("in/image").data };

const config: SegmenterConfig = {
  encoder: {
    imageSize: [64, 64],
    patch: 16,
    dim: 128,
    heads: 2,
    layers: 3,
    distilled: false,
    eps: 1e-5,
    dropout: 0,
    dropPath: 0,
  },
  decoder: { name: "mask_transformer", layers: 2, dropout: 0, dropPath: 0 },
  classes: 7,
};
const weights = (await golden("segmenter_mask")).weights();
const network = networkFor((p, images) => segmenter(p, images, config), weights, 1);

/** At most 0.1 % of the pixels differ. */
function assertPredictions(map: NDArray, name: string): void {
  const { width, height, data } = argmaxClasses(map);
  assertEquals([height, width], [...file.stored(name).shape]);
  const reference = file.labels(name);
  const different = data.filter((label, i) => label !== reference[i]).length;
  assert(
    different <= 1e-3 * data.length,
    `${different} of ${data.length} pixels of ${name} differ`,
  );
}

/** Every 5th row and column. */
function sample({ shape: [c = 0, h = 0, w = 0], data }: NDArray): NDArray {
  const kept = data.filter((_, i) => i % w % 5 === 0 && Math.floor(i / w) % h % 5 === 0);
  return { shape: [c, Math.ceil(h / 5), Math.ceil(w / 5)], data: kept };
}

function scaledImage(k: number): NDArray {
  const name = `in/ms/scale${k}_u8`;
  const [height, width] = file.stored(name).shape as [number, number];
  return normalise({ width, height, data: file.labels(name) }, vit);
}

Deno.test("slidingWindow() gives the official logits when the network is Segmenter", async () => {
  const logits = await slidingWindow(network, image, options);
  assertOutput(logits, file.tensor("out/ss/merged_logits"));
  assertPredictions(logits, "out/ss/pred");
});

Deno.test("onePass() gives the official probabilities when the image is flipped", async () => {
  const probabilities = await onePass(network, image, true, original, options);
  assertOutput(sample(probabilities), file.tensor("out/ss_flip/probs_sample"));
  assertPredictions(probabilities, "out/ss_flip/pred");
});

Deno.test("onePass() gives the official probabilities when the original is smaller", async () => {
  const probabilities = await onePass(network, image, false, [79, 113], options);
  assertOutput(sample(probabilities), file.tensor("out/ss_other_ori/probs_sample"));
  assertPredictions(probabilities, "out/ss_other_ori/pred");
});

for (const pass of [0, 1, 3, 11]) {
  Deno.test(`onePass() gives the official classes when it is pass ${pass} of 12`, async () => {
    const scaled = scaledImage(Math.floor(pass / 2));
    const probabilities = await onePass(network, scaled, pass % 2 === 1, original, options);
    assertPredictions(probabilities, `out/ms/pass${pass}_pred`);
  });
}

Deno.test("averagePasses() gives the official probabilities of 12 passes", async () => {
  const scaled = RATIOS.map((_, k) => () => scaledImage(k));
  const probabilities = await averagePasses(network, scaled, original, options);
  assertOutput(probabilities, file.tensor("out/ms/probs"));
  assertPredictions(probabilities, "out/ms/pred");
});
