import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Augmentation } from "../../lib/data/augment.ts";
import { augment, normalise } from "../../lib/data/augment.ts";
import { stream } from "../../lib/random.ts";
import { exampleOf, labelMap, pattern } from "./fixtures.ts";

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

Deno.test("normalise() gives planes of (value - mean) / std", () => {
  const { shape, data } = normalise(pattern(3, 2), normalization);
  assertEquals(shape, [3, 2, 3]);
  // pattern at x 1, y 1: (20, 121, 222)
  assertAlmostEquals(data[4]!, (20 - 123.67) / 58.4, 1e-6);
  assertAlmostEquals(data[6 + 4]!, (121 - 116.28) / 57.12, 1e-6);
  assertAlmostEquals(data[12 + 4]!, (222 - 103.53) / 57.38, 1e-6);
});

Deno.test("augment() gives the same sample when the stream is the same", () => {
  const config = { ...plain, scale: [0.5, 2], flip: true, colour: "photometric" } as const;
  const draw = (seed: number) => augment(example, config, stream("augment", seed));
  assertEquals(draw(1), draw(1));
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
    for (const { labels } of samples) assertEquals(labels.data, fits.labels.data);
    const original = normalise(fits.image, normalization).data;
    assert(samples.some(({ image }) => image.data.some((value, i) => value !== original[i])));
  });
}
