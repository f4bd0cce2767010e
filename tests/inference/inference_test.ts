import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { normalise } from "../../lib/images/normalise.ts";
import { bilinearPixels } from "../../lib/images/window.ts";
import type { Image, Size } from "../../lib/images/image.ts";
import { classify, NetworkPredictor, type Prediction } from "../../lib/inference/predictor.ts";
import { cutterOf } from "../../lib/inference/cutter.ts";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { Pass } from "../../lib/inference/pass.ts";
import { type Protocol, RATIOS } from "../../lib/families/protocol.ts";
import { viewsOf } from "../../lib/inference/views.ts";
import { ScoreNetwork } from "../../lib/inference/score_network.ts";
import { TileClassifier } from "../../lib/inference/tiles.ts";
import { modelOf } from "../../lib/families/family.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { assertOutput, assertWithin, golden } from "../golden.ts";
import { meanProbabilities, predictionOf, slidingWindow, softmax } from "./dense.ts";

// The official Segmenter's inference, network included: weights of segmenter_mask, windows of 64.
const file = await golden("inference");
const { window_size: window, window_stride: stride } = file.config;
const normalization = { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] } as const;
const original: Size = [100, 150];
const image: Image = { height: 100, width: 150, data: file.labels("in/image_u8") };

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
const architecture = { family: segmenterFamily, config };
const weights = (await golden("segmenter_mask")).weights();
const network = networkFor(modelOf(architecture), weights, 1);

const protocol: Protocol = {
  resize: { to: "own size" },
  multiple: 1,
  windows: { window, stride, enlarge: true },
  ratios: [1],
  flip: false,
};

function predict(image: Image, changes: Partial<Protocol> = {}): Promise<Prediction> {
  const settings = { architecture, weights, normalization, threads: 1 };
  return new NetworkPredictor({ ...settings, protocol: { ...protocol, ...changes } }).predict(
    image,
  );
}

/** At most 0.1 % of the pixels differ. */
function assertLabels({ labels: { width, height, data } }: Prediction, name: string): void {
  assertEquals([height, width], [...file.stored(name).shape]);
  const reference = file.labels(name);
  const different = data.filter((label, i) => label !== reference[i]).length;
  assert(different <= 1e-3 * data.length, `${different} of ${data.length} of ${name} differ`);
}

/** Every 5th row and column. */
function sample({ shape: [c = 0, h = 0, w = 0], data }: NDArray): NDArray {
  const kept = data.filter((_, i) => i % w % 5 === 0 && Math.floor(i / w) % h % 5 === 0);
  return { shape: [c, Math.ceil(h / 5), Math.ceil(w / 5)], data: kept };
}

function scaledImage(k: number): Image {
  const name = `in/ms/scale${k}_u8`;
  const [height, width] = file.stored(name).shape as [number, number];
  return { width, height, data: file.labels(name) };
}

const dense = (images: readonly Image[], flip: readonly boolean[], size: Size = original) => {
  const seen = images.map((image) => normalise(image, normalization));
  return meanProbabilities(network, seen, flip, { window, stride }, size);
};

Deno.test("dense inference gives the official logits and probabilities", async () => {
  const logits = await slidingWindow(network, normalise(image, normalization), { window, stride });
  assertOutput(logits, file.tensor("out/ss/merged_logits"));
  assertOutput(sample(await dense([image], [true])), file.tensor("out/ss_flip/probs_sample"));
  const other = await dense([image], [false], [79, 113]);
  assertOutput(sample(other), file.tensor("out/ss_other_ori/probs_sample"));
  assertLabels(predictionOf(other), "out/ss_other_ori/pred");
});

Deno.test("predict() gives the official classes and probabilities of sliding windows", async () => {
  const prediction = await predict(image);
  assertLabels(prediction, "out/ss/pred");
  const { confidence } = predictionOf(softmax(file.tensor("out/ss/merged_logits")));
  assertWithin(prediction.confidence, confidence, 2e-5, "confidence");
});

Deno.test("predict() gives the official classes of the image and its mirror", async () => {
  const both = await predict(image, { flip: true });
  const expected = predictionOf(await dense([image], [false, true]));
  assertWithin(both.confidence, expected.confidence, 2e-5, "confidence");
  assert(expected.labels.data.every((label, i) => label === both.labels.data[i]));
});

/** The passes over the file's images at the published scales, which torch resized. */
async function officialPasses(network: ScoreNetwork): Promise<Pass[]> {
  const passes: Pass[] = [];
  for (const k of RATIOS.keys()) {
    const scaled = scaledImage(k);
    for (const view of viewsOf([scaled.height, scaled.width], { ...protocol, flip: true })) {
      const cutter = cutterOf(scaled, view, normalization);
      passes.push(await Pass.open(network, view, cutter, original));
    }
  }
  return passes;
}

Deno.test("classify() gives the official classes and probabilities of 12 passes", async () => {
  const network = new ScoreNetwork(modelOf(architecture), weights, 1, 6);
  const passes = await officialPasses(network);
  const labels = new Uint8Array(15000);
  const shares = new Float32Array(15000);
  const tiles = new TileClassifier(modelOf(architecture), 7, 12, 1);
  await classify(original, passes, tiles, (tile, [top, bottom], [left, right]) => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        labels[y * 150 + x] = tile.labels[(y - top) * tiles.size.side + x - left]!;
        shares[y * 150 + x] = tile.confidence[(y - top) * tiles.size.side + x - left]!;
      }
    }
  });
  const prediction = { labels: { width: 150, height: 100, data: labels }, confidence: shares };
  assertLabels(prediction, "out/ms/pred");
  assertWithin(shares, predictionOf(file.tensor("out/ms/probs")).confidence, 2e-5, "confidence");
});

for (const [k, ratio] of RATIOS.entries()) {
  Deno.test(`bilinearPixels() resizes within one level of torch at ratio ${ratio}`, () => {
    const [height, width] = file.stored(`in/ms/scale${k}_u8`).shape as [number, number];
    const whole = { left: 0, top: 0, width, height, flip: false };
    const own = bilinearPixels(image, { scaledWidth: width, scaledHeight: height, ...whole });
    const expected = file.labels(`in/ms/scale${k}_u8`);
    assertWithin(own.data, expected, 1, "pixels");
    // Torch rounds halves to even, OpenCV up: at ratio 0.5 every fourth value is a half.
    const different = own.data.filter((value, i) => value !== expected[i]).length;
    assert(different < 0.15 * expected.length, `${different} values differ`);
  });
}

Deno.test("predict() gives the official classes of 12 passes", async () => {
  const prediction = await predict(image, {
    resize: { to: "box", box: { long: 400, short: 100 } },
    ratios: RATIOS,
    flip: true,
  });
  assertLabels(prediction, "out/ms/pred");
  const { confidence } = predictionOf(file.tensor("out/ms/probs"));
  assertWithin(prediction.confidence, confidence, 2e-3, "confidence");
});
