import { assertEquals, assertRejects } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { resizeBilinear } from "../../lib/bilinear.ts";
import {
  anchors,
  enlargedSize,
  type Network,
  type Size,
  slidingWindow,
} from "../../lib/eval/sliding_window.ts";
import { assertOutput, assertWithin, golden } from "../golden.ts";

const file = await golden("inference");
const { window_size: window, window_stride: stride } = file.config;

function gradientImage(h: number, w: number): NDArray {
  return { shape: [3, h, w], data: Float32Array.from({ length: 3 * h * w }, (_, i) => i % 97) };
}

/** Logits that are the image itself: averaging windows must give it back. */
const identity: Network = (images) => Promise.resolve(images);

Deno.test("anchors() and enlargedSize() are the official ones for all 12 passes", () => {
  const corners = anchors(100, window, stride)
    .flatMap((y) => anchors(150, window, stride).map((x) => [y, x]));
  assertEquals(corners.flat(), [...file.numbers("out/ss/anchors")]);
  const info = file.numbers("out/ms/pass_info");
  for (let i = 0; i < info.length; i += 6) {
    const [, h, w, height, width, windows] = info.subarray(i, i + 6);
    const size = enlargedSize([h!, w!], window);
    assertEquals(size, [height!, width!]);
    const [rows, columns] = size.map((side) => anchors(side, window, stride).length);
    assertEquals(rows! * columns!, windows);
  }
});

Deno.test("enlargedSize() keeps an image when only its long side exceeds the window", () => {
  assertEquals(enlargedSize([64, 500], 64), [64, 500]);
  assertEquals(enlargedSize([30, 100], 64), [64, 213]); // 213.3 truncated, as int() does
  assertEquals(enlargedSize([100, 30], 64), [213, 64]);
  assertEquals(enlargedSize([10, 10], 64), [64, 64]);
});

Deno.test("slidingWindow() gives the official mean where the file holds every window", async () => {
  const stored = file.tensor("out/ss/window_logits"); // 3 of 6 windows, all of rows 0 to 35
  let next = 0;
  const replay: Network = ({ shape: [b = 0] }) => {
    const size = 7 * window * window;
    const data = new Float32Array(b * size);
    data.set(stored.data.subarray(next * size, (next + b) * size));
    next += b;
    return Promise.resolve({ shape: [b, 7, window, window], data });
  };
  const image: NDArray = { shape: [3, 100, 150], data: file.tensor("in/image").data };
  const merged = await slidingWindow(replay, image, { window, stride, windowBatch: 2 });
  const reference = file.tensor("out/ss/merged_logits");
  assertEquals(merged.shape, reference.shape);
  for (let c = 0; c < 7; c++) {
    const rows = (map: NDArray) => map.data.subarray(c * 15000, c * 15000 + 36 * 150);
    assertWithin(rows(merged), rows(reference), 2e-5, `class ${c}`);
  }
});

for (const [h, w] of [[64, 64], [128, 192], [100, 150], [65, 64]] as const) {
  Deno.test(`slidingWindow() gives back the image when logits are it, ${h}x${w}`, async () => {
    const image = gradientImage(h, w);
    const result = await slidingWindow(identity, image, { window: 64, stride: 48, windowBatch: 4 });
    assertOutput(result, image);
  });
}

Deno.test("slidingWindow() enlarges a small image and returns the asked size", async () => {
  const image = gradientImage(20, 30);
  const original: Size = [41, 61];
  const options = { window: 32, stride: 32, windowBatch: 1 };
  const result = await slidingWindow(identity, image, options, original);
  assertOutput(result, resizeBilinear(resizeBilinear(image, 32, 48), ...original));
});

Deno.test("slidingWindow() runs full batches and the rest as it is", async () => {
  const batches: number[] = [];
  const counting: Network = (images) => {
    batches.push(images.shape[0]!);
    return Promise.resolve(images);
  };
  await slidingWindow(counting, gradientImage(64, 64), { window: 32, stride: 16, windowBatch: 4 });
  assertEquals(batches, [4, 4, 1]);
});

const refused = [
  { what: "stride is above the window", options: { window: 8, stride: 9, windowBatch: 1 } },
  { what: "stride is 0", options: { window: 8, stride: 0, windowBatch: 1 } },
  { what: "windowBatch is 0", options: { window: 8, stride: 8, windowBatch: 0 } },
];

for (const { what, options } of refused) {
  Deno.test(`slidingWindow() refuses when ${what}`, async () => {
    const run = () => slidingWindow(identity, gradientImage(8, 8), options);
    await assertRejects(run, RangeError, "Cannot cut windows");
  });
}

Deno.test("slidingWindow() refuses when logits are not of the window's size", async () => {
  const small: Network = () => Promise.resolve({ shape: [1, 2, 4, 4], data: new Float32Array(32) });
  const options = { window: 8, stride: 8, windowBatch: 1 };
  await assertRejects(
    () => slidingWindow(small, gradientImage(8, 8), options),
    RangeError,
    "needs logits [1, classes, 8, 8], got [1, 2, 4, 4]",
  );
});
