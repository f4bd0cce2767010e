import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { bilinearPixels, largestShare, nearestLabels, randomWindow } from "../../lib/data/crop.ts";
import type { Random } from "../../lib/random.ts";
import { stream } from "../../lib/random.ts";
import { labelMap, pattern } from "./fixtures.ts";

const whole = (width: number, height: number) => ({
  scaledWidth: width,
  scaledHeight: height,
  left: 0,
  top: 0,
  width,
  height,
  flip: false,
});

Deno.test("nearestLabels() takes floor(x · scale) as cv2's INTER_NEAREST", () => {
  const labels = labelMap(5, 1, (x) => x);
  // 5 to 8: scale 0.625, x · scale = 0, .625, 1.25, 1.875, 2.5, 3.125, 3.75, 4.375
  assertEquals(nearestLabels(labels, whole(8, 1)).data, Uint8Array.of(0, 0, 1, 1, 2, 3, 3, 4));
  // 5 to 3: scale 1.67, x · scale = 0, 1.67, 3.33
  assertEquals(nearestLabels(labels, whole(3, 1)).data, Uint8Array.of(0, 1, 3));
});

Deno.test("bilinearPixels() has half-pixel centres, repeated edges and no antialiasing", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 10, 100, 100, 50, 200) };
  // centres of 4 over 2: -0.25 (edge), 0.25, 0.75, 1.25 (edge)
  assertEquals(
    bilinearPixels(image, whole(4, 1)).data,
    Uint8Array.of(0, 10, 100, 25, 20, 125, 75, 40, 175, 100, 50, 200),
  );
  // 8 to 2: centres 1.5 and 5.5, so only four of the eight pixels count
  const row = { width: 8, height: 1, data: new Uint8Array(24) };
  [0, 10, 30, 0, 0, 100, 50, 0].forEach((v, x) => row.data.fill(v, 3 * x, 3 * x + 3));
  assertEquals(bilinearPixels(row, whole(2, 1)).data, Uint8Array.of(20, 20, 20, 75, 75, 75));
});

Deno.test("bilinearPixels() interpolates rows as columns", () => {
  const column = { width: 1, height: 2, data: Uint8Array.of(0, 10, 100, 100, 50, 200) };
  assertEquals(
    bilinearPixels(column, whole(1, 4)).data,
    Uint8Array.of(0, 10, 100, 25, 20, 125, 75, 40, 175, 100, 50, 200),
  );
});

for (const [width, height] of [[37, 23], [9, 50], [20, 14]] as const) {
  Deno.test(`a window is a cut of the whole when an image is resized to ${width}×${height}`, () => {
    const image = pattern(20, 14);
    const labels = labelMap(20, 14, (x, y) => (x * 3 + y) % 7);
    const window = { ...whole(width, height), left: 2, top: 3, width: 6, height: 8, flip: true };
    const all = bilinearPixels(image, whole(width, height));
    const allLabels = nearestLabels(labels, whole(width, height));
    const cut = bilinearPixels(image, window);
    const cutLabels = nearestLabels(labels, window);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 6; x++) {
        const there = (3 + y) * width + 2 + (5 - x); // mirrored
        assertEquals(cutLabels.data[6 * y + x], allLabels.data[there]);
        for (let c = 0; c < 3; c++) {
          assertEquals(cut.data[3 * (6 * y + x) + c], all.data[3 * there + c]);
        }
      }
    }
  });
}

Deno.test("bilinearPixels() changes nothing when the size stays", () => {
  assertEquals(bilinearPixels(pattern(9, 7), whole(9, 7)), pattern(9, 7));
});

Deno.test("largestShare() leaves ignored pixels out", () => {
  assertEquals(largestShare(Uint8Array.of(1, 1, 1, 2, 255, 255, 255, 255)), 0.75);
  assertEquals(largestShare(Uint8Array.of(255, 255)), 1);
});

const framing = { base: null, scale: [1, 1], crop: 20, maxClassShare: 0.75 } as const;

/** A stream that counts what is drawn from it. */
function counting(seed: number): Random & { draws: number } {
  const random = stream("test", seed);
  const counted = {
    draws: 0,
    uniform: () => (counted.draws++, random.uniform()),
    integer: (low: number, high: number) => (counted.draws++, random.integer(low, high)),
    normal: () => random.normal(),
  };
  return counted;
}

Deno.test("randomWindow() draws once when no class takes too much, 11 times when one does", () => {
  const [mixed, plain] = [counting(1), counting(1)];
  randomWindow(labelMap(40, 40, (x) => x % 2), { ...framing, crop: 16 }, mixed);
  assertEquals(mixed.draws, 3); // scale, top, left
  randomWindow(labelMap(40, 40, () => 4), { ...framing, crop: 16 }, plain);
  assertEquals(plain.draws, 1 + 2 * 11);
});

Deno.test("randomWindow() ends at a crop below the limit when there are some", () => {
  const labels = labelMap(60, 60, (x) => x < 30 ? 0 : 1);
  for (let seed = 0; seed < 20; seed++) {
    const random = counting(seed);
    const window = randomWindow(labels, framing, random);
    if (random.draws < 1 + 2 * 11) assert(largestShare(nearestLabels(labels, window).data) < 0.75);
  }
});

Deno.test("randomWindow() keeps to the range of scales and to the image", () => {
  const labels = labelMap(50, 30, (x) => x % 3);
  const scales = Array.from({ length: 300 }, (_, seed) => {
    const w = randomWindow(
      labels,
      { ...framing, scale: [0.5, 2], crop: 40 },
      stream("scale", seed),
    );
    assert(w.left + w.width <= w.scaledWidth && w.top + w.height <= w.scaledHeight);
    assertEquals(w.width, Math.min(40, w.scaledWidth));
    assertEquals(w.height, Math.min(40, w.scaledHeight));
    return w.scaledWidth / 50;
  });
  assertAlmostEquals(Math.min(...scales), 0.5, 0.03);
  assertAlmostEquals(Math.max(...scales), 2, 0.03);
});

/** A stream whose uniform numbers are all one, and whose integers are the lowest. */
function fixed(uniform: number): Random {
  return { uniform: () => uniform, integer: (low) => low, normal: () => 0 };
}

// By hand from mmcv 1.x: Resize.random_sample_ratio takes int(side · ratio) of both of img_scale's sides,
// mmcv.rescale_size the smaller of long / max(h, w) and short / min(h, w), and int(side · factor + 0.5).
const resized = [
  // ADE20K, 683 × 512 in (2048, 512): ratio 1 keeps it.
  { image: [683, 512], base: [2048, 512], ratio: 1, size: [683, 512] },
  // ratio 0.5 + 1.5 · 0.35 = 1.025: int(524.8) = 524, factor 524 / 512, 699.008 and 524.
  { image: [683, 512], base: [2048, 512], ratio: 1.025, size: [699, 524] },
  // A panorama is bound by the long side: int(2048 · 0.5) = 1024, 1024 / 3000 · 500 = 170.67.
  { image: [3000, 500], base: [2048, 512], ratio: 0.5, size: [1024, 171] },
  // SETR's Pascal Context, 500 × 375 in (520, 520): bound by the long side, 520 / 500.
  { image: [500, 375], base: [520, 520], ratio: 1, size: [520, 390] },
  // Segmenter's, (4160, 520), by the short one: 520 / 375 · 500 = 693.33.
  { image: [500, 375], base: [4160, 520], ratio: 1, size: [693, 520] },
  // SETR's Cityscapes, (2049, 1025): 2049 / 2048 is the smaller factor, 1024.5 rounds up.
  { image: [2048, 1024], base: [2049, 1025], ratio: 1, size: [2049, 1025] },
  // 0.5: int(1024.5) = 1024 and int(512.5) = 512, so exactly half.
  { image: [2048, 1024], base: [2049, 1025], ratio: 0.5, size: [1024, 512] },
] as const;

for (const { image: [w, h], base: [long, short], ratio, size } of resized) {
  Deno.test(`randomWindow() makes ${size} of ${w},${h} within ${long},${short} at ${ratio}`, () => {
    const draw = { ...framing, base: { long, short }, scale: [ratio, ratio] } as const;
    const { scaledWidth, scaledHeight } = randomWindow(
      labelMap(w, h, (x) => x % 3),
      draw,
      fixed(0),
    );
    assertEquals([scaledWidth, scaledHeight], [...size]);
  });
}

Deno.test("randomWindow() draws the ratio first, between the ends of the range", () => {
  const draw = { ...framing, base: { long: 2048, short: 512 }, scale: [0.5, 2] } as const;
  const labels = labelMap(683, 512, (x) => x % 3);
  const { scaledWidth, scaledHeight } = randomWindow(labels, draw, fixed(0.35)); // 1.025
  assertEquals([scaledWidth, scaledHeight], [699, 524]);
});
