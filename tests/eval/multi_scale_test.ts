import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { flipWidth, softmaxClasses } from "../../lib/eval/class_maps.ts";
import {
  averagePasses,
  fittedSize,
  multiScale,
  onePass,
  RATIOS,
} from "../../lib/eval/multi_scale.ts";
import type { Network } from "../../lib/eval/sliding_window.ts";
import { assertOutput, golden } from "../golden.ts";

const file = await golden("inference");
const plain = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
const identity: Network = (images) => Promise.resolve(images);

Deno.test("fittedSize() is mmcv's when an image is scaled by the published ratios", () => {
  for (const [k, ratio] of RATIOS.entries()) {
    const [h, w] = file.stored(`in/ms/scale${k}_u8`).shape;
    assertEquals(fittedSize([100, 150], { long: 400, short: 100 }, ratio), [h!, w!]);
  }
});

Deno.test("fittedSize() is bound by the long side when the image is a wide one", () => {
  assertEquals(fittedSize([100, 1000], { long: 500, short: 100 }, 1), [50, 500]);
  assertEquals(fittedSize([1000, 100], { long: 500, short: 100 }, 0.5), [250, 25]);
});

for (const [k, ratio] of RATIOS.entries()) {
  Deno.test(`multiScale() resizes within one level of torch when ratio is ${ratio}`, async () => {
    const [h, w] = file.stored(`in/ms/scale${k}_u8`).shape as [number, number];
    const seen: NDArray[] = [];
    const recording: Network = (images) => {
      seen.push(images);
      return Promise.resolve(images);
    };
    const image = { width: 150, height: 100, data: file.labels("in/image_u8") };
    await multiScale(recording, image, {
      window: h,
      stride: h,
      windowBatch: 1,
      fit: { long: 400, short: 100 },
      ratios: [ratio],
      normalization: plain,
    });
    const expected = file.labels(`in/ms/scale${k}_u8`);
    let different = 0;
    for (let i = 0; i < 3 * h * h; i++) { // the first window: columns 0 to h - 1
      const [channel, y, x] = [Math.floor(i / (h * h)), Math.floor(i / h) % h, i % h];
      const difference = Math.abs(seen[0]!.data[i]! - expected[(y * w + x) * 3 + channel]!);
      assert(difference <= 1, `off by ${difference} at ${[channel, y, x]}`);
      different += difference;
    }
    // Torch rounds halves to even, OpenCV up: at ratio 0.5 every fourth value is a half.
    assert(different < 0.15 * 3 * h * h, `${different} values differ`);
  });
}

Deno.test("onePass() is the same for the mirror when the network is pointwise", async () => {
  const image = { shape: [3, 8, 12], data: Float32Array.from({ length: 288 }, (_, i) => i % 5) };
  const options = { window: 8, stride: 8, windowBatch: 2 };
  const straight = await onePass(identity, image, false, [16, 24], options);
  assertOutput(await onePass(identity, image, true, [16, 24], options), straight);
});

Deno.test("averagePasses() is the mean of softmaxes when the mirror looks different", async () => {
  const image = { shape: [2, 2, 2], data: Float32Array.of(1, 2, 3, 4, 0, 1, 5, -1) };
  const shift: Network = ({ shape, data }) =>
    // the left column gains 1 in class 0
    Promise.resolve({ shape, data: data.map((x, i) => i < 4 && i % 2 === 0 ? x + 1 : x) });
  const options = { window: 2, stride: 2, windowBatch: 1 };
  const result = await averagePasses(shift, [() => image], [2, 2], options);

  const straight = { shape: image.shape, data: Float32Array.of(2, 2, 4, 4, 0, 1, 5, -1) };
  const mirrored = { shape: image.shape, data: Float32Array.of(1, 3, 3, 5, 0, 1, 5, -1) };
  softmaxClasses(straight);
  softmaxClasses(mirrored);
  const mean = straight.data.map((p, i) => (p + mirrored.data[i]!) / 2);
  assertOutput(result, { shape: [2, 2, 2], data: mean });
  assertEquals([...image.data], [1, 2, 3, 4, 0, 1, 5, -1]);
  assertEquals(flipWidth(image).data[0], 2);
});

Deno.test("averagePasses() refuses when there is no image", async () => {
  const options = { window: 2, stride: 2, windowBatch: 1 };
  await assertRejects(() => averagePasses(identity, [], [2, 2], options), RangeError, "at least 1");
});
