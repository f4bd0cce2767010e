import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import sharp from "sharp";
import type { NDArray } from "../../lib/array.ts";
import { resizeBilinear } from "../../lib/bilinear.ts";
import { resizeAntialiased } from "../../lib/data/antialiased.ts";
import { normalise } from "../../lib/data/augment.ts";
import { bilinearPixels } from "../../lib/data/crop.ts";
import type { Image, LabelMap } from "../../lib/data/dataset.ts";
import { argmaxClasses, softmaxClasses } from "../../lib/eval/class_maps.ts";
import { predict } from "../../lib/eval/evaluate.ts";
import { multiScale, RATIOS } from "../../lib/eval/multi_scale.ts";
import { networkFor } from "../../lib/eval/network.ts";
import { modelOf } from "../../lib/models/architecture.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import type { Segmentation } from "../../lib/segment/segmentation.ts";
import { openModel } from "../../lib/zoo/open.ts";
import { withFolder } from "../data/fixtures.ts";
import { goldenPath } from "../golden.ts";
import { randomArray } from "../random_array.ts";

const checkpoint = goldenPath("containers/segmenter_small/checkpoint.pth");
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
    const windows = { window: 64, stride, windowBatch: 1, normalization };
    assertSameLabels(await model.segment(image), await predict(network, image, windows));
  });
}

Deno.test("segment() gives the multi-scale evaluation's labels and probabilities when asked", async () => {
  const image = picture(88, 72);
  const windows = { window: 64, stride: 40, windowBatch: 1, normalization };
  const fit = { long: 88, short: 72 }; // the picture's own size at ratio 1
  const expected = await multiScale(network, image, { ...windows, fit, ratios: RATIOS });
  const options = { stride: 40, threads: 1, multiScale: true, flip: true };
  const model = await openPictureModel(checkpoint, options);
  const segmentation = await model.segment(image);
  assertSameLabels(segmentation, argmaxClasses(expected));
  assertConfidence(segmentation, expected);
});

Deno.test("segment() sees a picture as NVlabs' test code when the checkpoint is theirs", async () => {
  const path = goldenPath("segformer_nvlabs.pth");
  const image = picture(150, 100);
  const seen = { scaledWidth: 768, scaledHeight: 512 }; // short side 512: 768 × 512
  const window = { ...seen, left: 0, top: 0, width: 768, height: 512, flip: false };
  const pixels = bilinearPixels(image, window);
  await assertWhole(path, image, pixels, (logits) => resizeBilinear(logits, 100, 150));
});

Deno.test("segment() sees a picture as its processor says when the checkpoint is Hugging Face's", async () => {
  const image = picture(130, 170);
  const pixels = resizeAntialiased(image, 512, 512);
  // The published code resizes scores [128, 128] to the picture at once: so every fourth logit does.
  await assertWhole(goldenPath("segformer_hub"), image, pixels, (logits) => logits);
});
