import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import sharp from "sharp";
import type { NDArray } from "../../lib/array.ts";
import { resizeBilinear } from "../../lib/bilinear.ts";
import { resizeAntialiased } from "../../lib/images/antialiased.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { normalise } from "../../lib/images/normalise.ts";
import { bilinearPixels } from "../../lib/images/window.ts";
import type { Image, LabelMap } from "../../lib/images/image.ts";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { RATIOS } from "../../lib/families/protocol.ts";
import { ScoreNetwork } from "../../lib/inference/score_network.ts";
import { modelOf } from "../../lib/families/family.ts";
import { remedyOf } from "../../lib/remedy.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import type { Segmentation } from "../../lib/segment/segmentation.ts";
import { openModel } from "../../lib/models/open.ts";
import { withFolder } from "../data/fixtures.ts";
import {
  meanProbabilities,
  mirror,
  predictionOf,
  slidingWindow,
  softmax,
} from "../inference/dense.ts";
import { ownGolden, ownPath } from "../golden.ts";
import { randomArray } from "../random_array.ts";
import { assertSame } from "../same.ts";

const checkpoint = ownPath("containers/segmenter_small/checkpoint.pth");
const opened = await openModel(checkpoint);
const { normalization } = opened;
const network = networkFor(modelOf(opened.architecture), opened.weights, 1);

/** A smooth picture, so that classes take areas and not single pixels. */
function picture(width: number, height: number): Image {
  const coarse = randomArray(`picture/${width}×${height}`, [3, 5, 6]);
  const { data: planes } = resizeBilinear(coarse, height, width);
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) =>
      Math.max(0, Math.min(255, 128 + 60 * planes[(i % 3) * width * height + Math.floor(i / 3)]!)),
  );
  return { width, height, data };
}

/** Rounding may decide where two classes score alike: 0.1 % of the pixels may differ. */
function assertSameLabels({ labels }: Segmentation, expected: LabelMap): void {
  assertEquals([labels.width, labels.height], [expected.width, expected.height]);
  const different = labels.data.filter((label, i) => label !== expected.data[i]).length;
  assert(different <= labels.data.length / 1000, `${different} of ${labels.data.length} differ`);
  assert(new Set(expected.data).size > 1, "a picture of one class shows nothing");
}

/** The mean confidence of each class is the mean of the largest probability. */
function assertConfidence({ areas, labels }: Segmentation, { data }: NDArray): void {
  const { length } = labels.data;
  let mean = 0;
  for (let i = 0; i < length; i++) {
    let largest = 0;
    for (let k = i; k < data.length; k += length) largest = Math.max(largest, data[k]!);
    mean += largest / length;
  }
  const total = areas.reduce((sum, { share, confidence }) => sum + share * confidence, 0);
  assert(Math.abs(total - mean) < 1e-5, `${total} is not ${mean}`);
}

for (
  const [what, width, height, stride] of [
    ["is the window", 64, 64, 64],
    ["is larger than a window and windows overlap", 150, 101, 40],
    ["is larger than tiles and windows do not overlap", 200, 140, 64],
    ["is smaller than a window", 40, 90, 48],
  ] as const
) {
  Deno.test(`segment() gives the evaluation's labels when a picture ${what}`, async () => {
    const image = picture(width, height);
    const model = await openPictureModel(checkpoint, { stride, threads: 1 });
    const logits = await slidingWindow(network, normalise(image, normalization), {
      window: 64,
      stride,
    });
    assertSameLabels(await model.segment(image), predictionOf(logits).labels);
  });
}

Deno.test("segment() gives the multi-scale evaluation's labels and probabilities when asked", async () => {
  const image = picture(88, 72);
  const images = RATIOS.map((ratio) => {
    const [width, height] = [88 * ratio, 72 * ratio];
    const whole = { left: 0, top: 0, width, height, flip: false };
    const scaled = { scaledWidth: width, scaledHeight: height, ...whole };
    return normalise(bilinearPixels(image, scaled), normalization);
  });
  const windows = { window: 64, stride: 40 };
  const expected = await meanProbabilities(network, images, [false, true], windows, [72, 88]);
  const options = { stride: 40, threads: 1, multiScale: true, flip: true };
  const model = await openPictureModel(checkpoint, options);
  const segmentation = await model.segment(image);
  assertSameLabels(segmentation, predictionOf(expected).labels);
  assertConfidence(segmentation, expected);
});

Deno.test("segment() sees a picture as NVlabs' test code when the checkpoint is theirs", async () => {
  const path = ownPath("segformer_nvlabs.pth");
  const { architecture, weights, normalization } = await openModel(path);
  const image = picture(170, 100); // a short side of 512 pixels: 871 × 512, rounded up to 896
  const seen = { scaledWidth: 896, scaledHeight: 512, width: 896, height: 512 };
  const pixels = bilinearPixels(image, { ...seen, left: 0, top: 0, flip: false });
  const { data } = normalise(pixels, normalization);
  const images = { shape: [1, 3, 512, 896], data };
  const logits = await networkFor(modelOf(architecture), weights, 1)(images);
  const resized = resizeBilinear({ shape: logits.shape.slice(1), data: logits.data }, 100, 170);
  const segmentation = await (await openPictureModel(path, { threads: 1 })).segment(image);
  assertSameLabels(segmentation, predictionOf(resized).labels);
  assertConfidence(segmentation, softmax(resized));
});

Deno.test("segment() sees a picture as its processor says when the checkpoint is Hugging Face's", () =>
  withFolder(async (dir) => {
    await writeHubFolder(dir, { height: 64, width: 96 });
    const { architecture, weights, normalization } = await openModel(dir);
    const image = picture(150, 130);
    const network = new ScoreNetwork(modelOf(architecture), weights, { threads: 1, ratios: 1 });
    /** Probabilities by transformers' post-processing: scores [16, 24] resized at once. */
    const probabilities = async (image: Image) => {
      const seen = normalise(resizeAntialiased(image, 64, 96), normalization);
      const scores = new Float32Array(16 * 24 * 6);
      await network.run(seen, scores);
      const data = scores.map((_, i) => scores[i % 384 * 6 + Math.floor(i / 384)]!);
      return softmax(resizeBilinear({ shape: [6, 16, 24], data }, 130, 150));
    };
    const straight = await probabilities(image);
    const single = await (await openPictureModel(dir, { threads: 1 })).segment(image);
    assertSameLabels(single, predictionOf(straight).labels);
    assertConfidence(single, straight);

    const window = {
      scaledWidth: 150,
      scaledHeight: 130,
      left: 0,
      top: 0,
      width: 150,
      height: 130,
    };
    const mirrored = mirror(await probabilities(bilinearPixels(image, { ...window, flip: true })));
    const data = straight.data.map((p, i) => (p + mirrored.data[i]!) / 2);
    const both = await (await openPictureModel(dir, { threads: 1, flip: true })).segment(image);
    assertSameLabels(both, predictionOf({ ...straight, data }).labels);
    assertConfidence(both, { ...straight, data });
  }));

Deno.test("segment() keeps the protocol's weights and takes windows when a window is given", async () => {
  const path = ownPath("segformer_nvlabs.pth");
  const { architecture, weights, normalization } = await openModel(path);
  const image = picture(100, 70);
  const model = await openPictureModel(path, { window: 48, threads: 1 });
  const windows = { window: 48, stride: 48 };
  assertEquals(model.protocol.windows, { ...windows, enlarge: true });
  const tiny = networkFor(modelOf(architecture), weights, 1);
  const logits = await slidingWindow(tiny, normalise(image, normalization), windows);
  assertSameLabels(await model.segment(image), predictionOf(logits).labels);
});

Deno.test("segment() turns a photo upright when its EXIF data say so", () =>
  withFolder(async (dir) => {
    const { data, ...size } = picture(90, 64);
    const raw = { ...size, channels: 3 } as const;
    const [flat, turned] = [join(dir, "flat.png"), join(dir, "turned.webp")];
    await sharp(data, { raw }).rotate(90).png().toFile(flat);
    await sharp(data, { raw }).withMetadata({ orientation: 6 }).webp({ lossless: true }).toFile(
      turned,
    );
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const expected = await model.segment(flat);
    assertEquals([expected.labels.width, expected.labels.height], [64, 90]);
    assertSame((await model.segment(turned)).labels, expected.labels);
  }));

Deno.test("segment() is an error when a picture is unreadable or smaller than a patch", () =>
  withFolder(async (dir) => {
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const path = join(dir, "a.png");
    await sharp(picture(15, 30).data, { raw: { width: 15, height: 30, channels: 3 } }).toFile(path);
    const small = `Cannot segment ${path}: at least one patch of 16×16 pixels needed, got 15×30`;
    await assertRejects(() => model.segment(path), RangeError, small);
    await Deno.writeTextFile(path, "no image");
    await assertRejects(() => model.segment(path), SyntaxError, `Cannot decode ${path}`);
  }));

Deno.test("segment() stops when a checkpoint's scores are not finite", () =>
  withFolder(async (dir) => {
    await writeHubFolder(dir, { height: 64, width: 64 }, NaN);
    const model = await openPictureModel(dir, { threads: 1 });
    await assertRejects(() => model.segment(picture(70, 60)), RangeError, "at row 0, column 0");
  }));

Deno.test("openPictureModel() refuses windows that do not fit and a model that is not there", async () => {
  const wide = () => openPictureModel(checkpoint, { window: 32, stride: 33 });
  await assertRejects(wide, RangeError, "at most the window's 32 pixels needed, got 33");
  const missing = () => openPictureModel("nvidia/segformer-b9");
  const error = await assertRejects(missing, RangeError, 'got "nvidia/segformer-b9", which is not');
  assertEquals(remedyOf(error), { kind: "download", model: "nvidia/segformer-b9" });
  await assertRejects(() => openPictureModel("./nowhere"), RangeError, 'got "./nowhere"');
});

/** Fills a folder as the Hugging Face hub has it, the weights with another bias of class 1. */
async function writeHubFolder(
  dir: string,
  size: Readonly<Record<string, number>>,
  bias?: number,
): Promise<void> {
  const weights = (await ownGolden("segformer")).weights();
  if (bias !== undefined) weights.get("decode_head.classifier.bias")!.data[1] = bias;
  await writeSafetensors(join(dir, "model.safetensors"), weights);
  const pixels = { image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25] };
  const json = JSON.stringify({ ...pixels, size });
  await Deno.writeTextFile(join(dir, "preprocessor_config.json"), json);
  await Deno.copyFile(ownPath("segformer_hub/config.json"), join(dir, "config.json"));
}
