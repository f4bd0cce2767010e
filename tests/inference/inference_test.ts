import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { normalise, type Normalization } from "../../lib/images/normalise.ts";
import { bilinearPixels } from "../../lib/images/window.ts";
import type { Image, Size } from "../../lib/images/image.ts";
import { classify } from "../../lib/inference/classify.ts";
import { NetworkPredictor, type Prediction } from "../../lib/inference/predictor.ts";
import { cutterOf } from "../../lib/inference/cutter.ts";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { Pass } from "../../lib/inference/pass.ts";
import type { Protocol } from "../../lib/families/protocol.ts";
import { viewsOf } from "../../lib/inference/views.ts";
import { ScoreNetwork } from "../../lib/inference/score_network.ts";
import { TileClassifier } from "../../lib/inference/tiles.ts";
import { modelOf } from "../../lib/families/family.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { segmenterOf } from "../families/segmenter/golden_segmenter.ts";
import { assertOutput, assertWithin, golden, goldenTest } from "../golden.ts";
import { meanProbabilities, predictionOf, slidingWindow, softmax } from "./dense.ts";

// The official Segmenter's inference, network included.
const file = await golden("inference");
const trained = await golden(file.config.weights);
const needs = [file, trained];
const { window_size: window, window_stride: stride, image: original, ratios } = file.config as {
  window_size: number;
  window_stride: number;
  image: Size;
  ratios: readonly number[];
};
const image = imageOf("in/image_u8");
const normalization = normalizationOf(file.config.normalization);

const architecture = { family: segmenterFamily, config: segmenterOf(trained) };
const { classes } = architecture.config;
const weights = trained.weights();
const network = networkFor(modelOf(architecture), weights, 1);

/** A picture of the file: 8-bit values [height, width, 3]. */
function imageOf(name: string): Image {
  const [height, width] = file.stored(name).shape as [number, number];
  return { width, height, data: file.labels(name) };
}

/** Statistics of pixels from 0 to 255 by words such as "vit: x = (u8/255 - 0.5)/0.5". */
function normalizationOf(words: string): Normalization {
  const [, mean, std] = words.match(/\(u8\/255 - ([\d.]+)\)\/([\d.]+)/)!.map((x) =>
    255 * Number(x)
  );
  return { mean: [mean!, mean!, mean!], std: [std!, std!, std!] };
}

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

/** Every 5th row and column, as the file has them. */
function sample({ shape: [c = 0, h = 0, w = 0], data }: NDArray): NDArray {
  const kept = data.filter((_, i) => i % w % 5 === 0 && Math.floor(i / w) % h % 5 === 0);
  return { shape: [c, Math.ceil(h / 5), Math.ceil(w / 5)], data: kept };
}

/** A picture as the network sees it, [1, 3, h, w]. */
function normalised(image: Image): NDArray {
  const { shape, data } = normalise(image, normalization);
  return { shape: [1, ...shape], data };
}

const dense = (images: readonly Image[], flip: readonly boolean[], size: Size = original) => {
  const seen = images.map((image) => normalise(image, normalization));
  return meanProbabilities(network, seen, flip, { window, stride }, size);
};

goldenTest("dense inference gives the official logits and probabilities", needs, async () => {
  assertOutput(normalised(image), file.tensor("in/image"), "image");
  const logits = await slidingWindow(network, normalise(image, normalization), { window, stride });
  assertOutput(logits, file.tensor("out/ss/merged_logits"));
  assertOutput(sample(await dense([image], [true])), file.tensor("out/ss_flip/probs_sample"));
  const size = file.stored("out/ss_other_ori/pred").shape as [number, number];
  const other = await dense([image], [false], size);
  assertOutput(sample(other), file.tensor("out/ss_other_ori/probs_sample"));
  assertLabels(predictionOf(other), "out/ss_other_ori/pred");
});

goldenTest(
  "predict() gives the official classes and probabilities of sliding windows",
  needs,
  async () => {
    const prediction = await predict(image);
    assertLabels(prediction, "out/ss/pred");
    const { confidence } = predictionOf(softmax(file.tensor("out/ss/merged_logits")));
    assertWithin(prediction.confidence, confidence, 2e-5, "confidence");
  },
);

goldenTest("predict() gives the official classes of the image and its mirror", needs, async () => {
  const both = await predict(image, { flip: true });
  const expected = predictionOf(await dense([image], [false, true]));
  assertWithin(both.confidence, expected.confidence, 2e-5, "confidence");
  assert(expected.labels.data.every((label, i) => label === both.labels.data[i]));
});

/** The passes over the file's images at its scales, which torch resized. */
async function officialPasses(network: ScoreNetwork): Promise<Pass[]> {
  const passes: Pass[] = [];
  for (const k of ratios.keys()) {
    const scaled = imageOf(`in/ms/scale${k}_u8`);
    for (const view of viewsOf([scaled.height, scaled.width], { ...protocol, flip: true })) {
      const cutter = cutterOf(scaled, view, normalization);
      passes.push(await Pass.open(network, view, cutter, original));
    }
  }
  return passes;
}

goldenTest(
  "classify() gives the official classes and probabilities of all passes",
  needs,
  async () => {
    const network = new ScoreNetwork(modelOf(architecture), weights, { threads: 1, ratios: 6 });
    const passes = await officialPasses(network);
    const [height, width] = original;
    const labels = new Uint8Array(height * width);
    const shares = new Float32Array(height * width);
    const tiles = new TileClassifier(modelOf(architecture), classes, passes.length, 1);
    await classify(original, passes, tiles, (tile, [top, bottom], [left, right]) => {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          labels[y * width + x] = tile.labels[(y - top) * tiles.size.side + x - left]!;
          shares[y * width + x] = tile.confidence[(y - top) * tiles.size.side + x - left]!;
        }
      }
    });
    const prediction = { labels: { width, height, data: labels }, confidence: shares };
    assertLabels(prediction, "out/ms/pred");
    assertWithin(shares, predictionOf(file.tensor("out/ms/probs")).confidence, 2e-5, "confidence");
  },
);

for (const pass of file.cases((file) => file.names("out/ms/pass"))) {
  if (!pass.name.endsWith("_pred")) continue;
  goldenTest(
    `dense inference gives the official classes of pass${pass.name}`,
    [...needs, pass],
    async () => {
      const number = parseInt(pass.name);
      const flipped = file.numbers("out/ms/pass_info")[6 * number] === 1;
      const scaled = imageOf(`in/ms/scale${Math.floor(number / 2)}_u8`);
      assertLabels(predictionOf(await dense([scaled], [flipped])), `out/ms/pass${pass.name}`);
    },
  );
}

for (const scale of file.cases((file) => file.names("in/ms/"))) {
  goldenTest(`bilinearPixels() resizes within one level of torch to ${scale.name}`, scale, () => {
    const { width, height, data: expected } = imageOf(`in/ms/${scale.name}`);
    const whole = { left: 0, top: 0, width, height, flip: false };
    const own = bilinearPixels(image, { scaledWidth: width, scaledHeight: height, ...whole });
    assertWithin(own.data, expected, 1, "pixels");
    // Torch rounds halves to even, OpenCV up: at ratio 0.5 every fourth value is a half.
    const different = own.data.filter((value, i) => value !== expected[i]).length;
    assert(different < 0.15 * expected.length, `${different} values differ`);
  });
}

goldenTest("predict() gives the official classes of all passes", needs, async () => {
  // The box that the image fits as it is, so that each scale's sides are rounded as mmcv does.
  const [short, long] = [Math.min(...original), 4 * Math.max(...original)];
  const box = { resize: { to: "box", box: { long, short } } } as const;
  const prediction = await predict(image, { ...box, ratios, flip: true });
  assertLabels(prediction, "out/ms/pred");
  const { confidence } = predictionOf(file.tensor("out/ms/probs"));
  assertWithin(prediction.confidence, confidence, 2e-3, "confidence");
});
