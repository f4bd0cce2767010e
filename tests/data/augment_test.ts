import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { augment, type Augmentation, largestShare, randomWindow } from "../../lib/data/augment.ts";
import { normalise } from "../../lib/images/normalise.ts";
import { nearestLabels } from "../../lib/images/window.ts";
import { type Random, stream } from "../../lib/random.ts";
import { exampleOf, labelMap } from "./fixtures.ts";
import { assertSame } from "../same.ts";

const normalization = { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] } as const;
const plain: Augmentation = {
  crop: 24,
  base: null,
  scale: [1, 1],
  flip: false,
  colour: "none",
  normalization,
  maxClassShare: 0.75,
};
const example = exampleOf(labelMap(40, 30, (x, y) => (x + 5 * y) % 11));

Deno.test("augment() gives the same sample when the stream is the same", () => {
  const config = { ...plain, scale: [0.5, 2], flip: true, colour: "photometric" } as const;
  const draw = (seed: number) => augment(example, config, stream("augment", seed));
  assertSame(draw(1), draw(1));
  assert(draw(1).image.data.some((value, i) => value !== draw(2).image.data[i]));
});

Deno.test("augment() cuts image and labels at one place", () => {
  // Without resize, each pixel's red and green give its place back: see fixtures.
  const { image, labels } = augment(example, { ...plain, flip: true }, stream("place", 3));
  const red = (i: number) => Math.round(image.data[i]! * 58.4 + 123.67);
  const all = normalise(example.image, normalization).data;
  for (const i of [0, 100, 24 * 24 - 1]) {
    const matches = [...example.labels.data.keys()].filter((p) =>
      Math.round(all[p]! * 58.4 + 123.67) === red(i)
    );
    assert(matches.some((p) => example.labels.data[p] === labels.data[i]));
  }
});

Deno.test("augment() mirrors half of the samples, labels with them", () => {
  const config = { ...plain, crop: 40, maxClassShare: 1 };
  const fits = exampleOf(labelMap(40, 40, (x) => x % 11));
  const straight = augment(fits, config, stream("flip", 0));
  let mirrored = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { image, labels } = augment(fits, { ...config, flip: true }, stream("flip", seed));
    const flipped = labels.data[0] !== straight.labels.data[0];
    mirrored += flipped ? 1 : 0;
    for (const x of [0, 7, 39]) {
      const there = flipped ? 39 - x : x;
      assertEquals(labels.data[40 + x], straight.labels.data[40 + there]);
      assertEquals(image.data[40 + x], straight.image.data[40 + there]);
    }
  }
  assert(mirrored > 70 && mirrored < 130, `${mirrored} of 200 mirrored`);
});

Deno.test("augment() pads right and bottom after normalising when an image is small", () => {
  const small = exampleOf(labelMap(10, 6, (x) => x % 2));
  const { image, labels } = augment(small, plain, stream("pad", 0));
  const inside = normalise(small.image, normalization).data;
  assertEquals([image.shape, labels.width, labels.height], [[3, 24, 24], 24, 24]);
  for (let i = 0; i < 24 * 24; i++) {
    const [x, y] = [i % 24, Math.floor(i / 24)];
    const within = x < 10 && y < 6;
    assertEquals(labels.data[i], within ? x % 2 : 255);
    for (let c = 0; c < 3; c++) {
      assertEquals(image.data[576 * c + i], within ? inside[60 * c + 10 * y + x] : 0);
    }
  }
});

for (const colour of ["photometric", "brightness-contrast"] as const) {
  Deno.test(`augment() changes colours and no labels when colour is ${colour}`, () => {
    const fits = exampleOf(labelMap(24, 24, (x) => x % 3));
    const samples = [0, 1, 2, 3, 4, 5].map((s) =>
      augment(fits, { ...plain, colour }, stream("colour", s))
    );
    for (const { labels } of samples) assertSame(labels.data, fits.labels.data);
    const original = normalise(fits.image, normalization).data;
    assert(samples.some(({ image }) => image.data.some((value, i) => value !== original[i])));
  });
}

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
    uniforms: (into: Float32Array) => random.uniforms(into),
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
  return {
    uniform: () => uniform,
    integer: (low) => low,
    normal: () => 0,
    uniforms: (into) => into.fill(uniform),
  };
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

Deno.test("randomWindow() shows a pixel of a class wherever in the window, when one is to be shown", () => {
  // One pixel of class 1 in the middle of 40 × 30; windows of 12, so that few would show it.
  const labels = labelMap(40, 30, (x, y) => x === 20 && y === 15 ? 1 : (x + y) % 2 * 2);
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < 300; i++) {
    const window = randomWindow(labels, { ...plain, crop: 12 }, stream(`shown/${i}`, 1), 1);
    const at = nearestLabels(labels, window).data.indexOf(1);
    assert(at >= 0, `draw ${i} does not show it: ${JSON.stringify(window)}`);
    columns.add(at % 12);
    rows.add(Math.floor(at / 12));
  }
  assertEquals([columns.size, rows.size], [12, 12]);
  const scaled = { ...plain, crop: 12, scale: [1, 3] } as const;
  const wide = labelMap(40, 30, (x, y) => x > 36 && y < 4 ? 1 : (x + y) % 2 * 2);
  for (let i = 0; i < 100; i++) {
    const window = randomWindow(wide, scaled, stream(`scaled/${i}`, 1), 1);
    assert(nearestLabels(wide, window).data.includes(1), JSON.stringify(window));
  }
});

Deno.test("randomWindow() takes any window when no pixel of the class is there", () => {
  const labels = labelMap(40, 30, (x) => x % 2);
  const framing = { ...plain, crop: 12 };
  const draw = (shown: number | null) => randomWindow(labels, framing, stream("none", 1), shown);
  assertEquals(draw(7), draw(null));
});
