import { assert, assertEquals } from "@std/assert";
import { augment, type Augmentation, type Crop, cropped } from "../../lib/data/augment.ts";
import { batches } from "../../lib/data/batches.ts";
import { rareClasses } from "../../lib/data/class_balance.ts";
import type { Dataset, Example } from "../../lib/data/dataset.ts";
import { type Extras, extrasSchema } from "../../lib/data/extras.ts";
import { addNoise, blurred, makeGrey } from "../../lib/data/filters.ts";
import { mixed } from "../../lib/data/mixing.ts";
import type { LabelMap } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { exampleOf, labelMap, pattern } from "./fixtures.ts";

const colours = [[200, 30, 30], [30, 200, 30], [30, 30, 200], [220, 220, 30]] as const;
const fill = [124, 116, 104]; // the mean, rounded

/** A picture that has the colour of its label everywhere. */
function painted(labels: LabelMap, name = "painted"): Example {
  const data = Uint8Array.from([...labels.data].flatMap((label) => colours[label]!));
  return { name, labels, image: { width: labels.width, height: labels.height, data } };
}

/** A disc in one corner, a bar in another: turned or mirrored they are elsewhere. */
const scene = painted(labelMap(64, 64, (x, y) => {
  if ((x - 18) ** 2 + (y - 20) ** 2 < 100) return 1;
  return x > 40 && y > 48 ? 2 : 0;
}));

const plain: Augmentation = {
  crop: 48,
  base: null,
  scale: [1, 1],
  flip: false,
  colour: "none",
  normalization: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
  maxClassShare: 1,
};
const having = (extras: Partial<Extras>, changes: Partial<Augmentation> = {}): Augmentation => {
  return { ...plain, ...changes, extras: { ...extrasSchema.parse({}), ...extras } };
};
const isWhole = (crop: Crop) => crop.labels.data.length;

/** Refuses a crop of `scene` with a pixel of another colour than its label's, but for those on edges. */
function assertAlike({ pixels, labels }: Crop): void {
  const { width, height, data } = labels;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const around = [at, at - 1, at + 1, at - width, at + width, at - width - 1, at + width + 1];
      around.push(at - width + 1, at + width - 1);
      if (around.some((place) => data[place] !== data[at])) continue;
      const expected = data[at] === 255 ? fill : colours[data[at]!]!;
      assertEquals([...pixels.data.subarray(3 * at, 3 * at + 3)], [...expected], `at ${x}, ${y}`);
    }
  }
}

const geometries: Record<string, Augmentation> = {
  "rotation by any angle": having({ rotate: { degrees: 180, p: 1 } }),
  "a vertical mirror": having({ verticalFlip: true }),
  "quarter turns": having({ quarterTurns: true }),
  "all of them, mirrored": having(
    { rotate: { degrees: 40, p: 0.5 }, verticalFlip: true, quarterTurns: true },
    { flip: true },
  ),
};
for (const [what, augmentation] of Object.entries(geometries)) {
  Deno.test(`cropped() moves labels with the image in ${what}`, () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const crop = cropped(scene, augmentation, stream("alike", seed));
      assertAlike(crop);
      seen.add(crop.labels.data.join(""));
    }
    assert(seen.size > 20, `${seen.size} of 40 differ`);
  });
}

Deno.test("cropped() turns and mirrors to each of the eight places with about equal frequency", () => {
  const corner = painted(labelMap(8, 8, (x, y) => x < 3 && y < 2 ? 1 : 0)); // eight different pictures
  const augmentation = having({ quarterTurns: true, verticalFlip: true }, { crop: 8 });
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 800; seed++) {
    const { labels } = cropped(corner, augmentation, stream("eight", seed));
    const key = labels.data.join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 8);
  assert(
    [...counts.values()].every((count) => count > 60 && count < 140),
    `${[...counts.values()]}`,
  );
});

Deno.test("cropped() turns an image that is smaller than the crop, sides changed", () => {
  const small = painted(labelMap(20, 10, (x) => x < 5 ? 1 : 0));
  const sizes = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const crop = cropped(small, having({ quarterTurns: true }), stream("small", seed));
    assertAlike(crop);
    sizes.add(`${crop.labels.width}×${crop.labels.height}`);
  }
  assertEquals([...sizes].sort(), ["10×20", "20×10"]);
});

Deno.test("augment() draws and gives the same without extras and with extras that do nothing", () => {
  const example = exampleOf(labelMap(40, 30, (x, y) => (x + 5 * y) % 11));
  const usual = { ...plain, scale: [0.5, 2], flip: true, colour: "photometric" } as const;
  for (let seed = 0; seed < 5; seed++) {
    const [a, b] = [stream("same", seed), stream("same", seed)];
    assertEquals(augment(example, having({}, usual), a), augment(example, usual, b));
    assertEquals(a.uniform(), b.uniform());
  }
});

const setOf = (...examples: Example[]): Dataset => ({
  name: "drawn",
  classes: ["ground", "disc", "bar", "rare"],
  palette: colours,
  length: examples.length,
  example: (index) => Promise.resolve(examples[index]!),
});

/** A crop of the first example with what it takes of the others. */
async function mix(set: Dataset, augmentation: Augmentation, seed: number) {
  const random = stream("mix", seed);
  const crop = cropped(await set.example(0), augmentation, random);
  return { before: crop, after: await mixed(crop, set, augmentation, random) };
}

Deno.test("mixed() cuts a rectangle out of another crop, image and labels alike", async () => {
  const set = setOf(painted(labelMap(48, 48, () => 0)), painted(labelMap(48, 48, () => 1)));
  const shares: number[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const { after } = await mix(set, having({ cutMix: 1 }), seed);
    assertAlike(after);
    const taken = [...after.labels.data.entries()].filter(([, label]) => label === 1)
      .map(([at]) => [at % 48, Math.floor(at / 48)] as const);
    if (taken.length === 0) continue; // the first example itself was drawn
    const side = (axis: 0 | 1) => {
      const places = taken.map((place) => place[axis]);
      return Math.max(...places) - Math.min(...places) + 1;
    };
    assertEquals(taken.length, side(0) * side(1));
    shares.push(taken.length / isWhole(after));
  }
  assert(shares.length > 10 && Math.min(...shares) < 0.3 && Math.max(...shares) > 0.7, `${shares}`);
});

Deno.test("mixed() copies the pixels of a rare class and nothing else", async () => {
  const rare = labelMap(48, 48, (x, y) => x > 10 && x < 20 && y > 30 ? 3 : 1);
  const set = setOf(
    painted(labelMap(48, 48, () => 0)),
    painted(rare),
    painted(labelMap(48, 48, () => 2)),
  );
  const extras = { copyPaste: { classes: ["rare"], p: 1 } };
  let pasted = 0;
  for (let seed = 0; seed < 10; seed++) {
    const { before, after } = await mix(set, having(extras), seed);
    assertAlike(after);
    const expected = before.labels.data.map((label, i) => rare.data[i] === 3 ? 3 : label);
    if (after !== before) assertEquals(after.labels.data, expected);
    pasted += after === before ? 0 : 1;
  }
  assert(pasted >= 8, `${pasted} of 10`); // five tries each
  const none = setOf(scene, scene);
  const { before, after } = await mix(none, having(extras), 1);
  assertEquals(after, before);
});

Deno.test("mixed() makes a hole of the mean colour and keeps the labels", async () => {
  const set = setOf(painted(labelMap(48, 48, () => 2)));
  const sizes: number[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const { before, after } = await mix(set, having({ cutOut: { share: 0.25, p: 1 } }), seed);
    assertEquals(after.labels, before.labels);
    let hole = 0;
    for (let i = 0; i < 48 * 48; i++) {
      const [r, g, b] = after.pixels.data.subarray(3 * i, 3 * i + 3);
      const isHole = r === fill[0] && g === fill[1] && b === fill[2];
      assert(isHole || (r === 30 && g === 30 && b === 200));
      hole += isHole ? 1 : 0;
    }
    sizes.push(hole / (48 * 48));
  }
  assert(Math.max(...sizes) <= 0.26 && Math.max(...sizes) > 0.1, `${sizes}`);
});

Deno.test("batches() with extras depend on seed and step alone", async () => {
  const set = setOf(scene, painted(labelMap(64, 64, (x, y) => x > y ? 3 : 1)), scene, scene);
  const augmentation = having({
    rotate: { degrees: 30, p: 0.5 },
    quarterTurns: true,
    blur: { sigma: 2, p: 0.5 },
    noise: { deviation: 20, p: 0.5 },
    grey: 0.3,
    cutOut: { share: 0.2, p: 0.5 },
    cutMix: 0.5,
    copyPaste: { classes: ["rare"], p: 0.5 },
  }, { scale: [0.5, 2], colour: "photometric", flip: true });
  const take = async (from: number, count: number) => {
    const taken = [];
    const source = batches(set, { batch: 2, augmentation, seed: 5, from });
    for (let i = 0; i < count; i++) taken.push((await source.next()).value);
    await source.return(undefined);
    return taken;
  };
  const whole = await take(0, 4);
  assertEquals((await take(3, 1))[0], whole[3]);
  assert(
    whole[1].images.data.some((value: number, i: number) => value !== whole[3].images.data[i]),
  );
});

Deno.test("blurred() spreads a point by its standard deviation and keeps flat pictures", () => {
  const flat = { width: 9, height: 7, data: new Uint8Array(189).fill(77) };
  assertEquals(blurred(flat, 2), flat);
  const point = { width: 41, height: 41, data: new Uint8Array(41 * 41 * 3) };
  point.data.fill(255, 3 * (20 * 41), 3 * (20 * 41) + 3 * 41); // a line through the middle: rows blur
  const { data } = blurred(point, 3);
  const column = Array.from({ length: 41 }, (_, y) => data[3 * (y * 41 + 20)]!);
  const sum = column.reduce((a, b) => a + b);
  const variance = column.reduce((all, value, y) => all + value * (y - 20) ** 2, 0) / sum;
  assert(Math.abs(Math.sqrt(variance) - 3) < 0.1, `${Math.sqrt(variance)}`);
  const across = { ...pattern(5, 4) };
  assertEquals(blurred(across, 0.01).data, across.data);
});

Deno.test("addNoise() has its deviation, makeGrey() three equal channels", () => {
  const pixels = new Uint8Array(30_000).fill(128);
  addNoise(pixels, 12, stream("noise", 1));
  const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
  const deviation = Math.sqrt(pixels.reduce((all, v) => all + (v - mean) ** 2, 0) / pixels.length);
  assert(Math.abs(mean - 128) < 0.5 && Math.abs(deviation - 12) < 0.3, `${mean} ${deviation}`);
  const colour = Uint8Array.of(255, 0, 0, 0, 255, 0, 10, 10, 10);
  makeGrey(colour);
  assertEquals([...colour], [76, 76, 76, 150, 150, 150, 10, 10, 10]);
});

Deno.test("rareClasses() have less than a quarter of an equal share", () => {
  assertEquals(rareClasses([1000, 1000, 99, 0, 150]), [2]); // a quarter of 2249 / 4 is 141
  assertEquals(rareClasses([10, 10]), []);
  assertEquals(rareClasses([0, 0]), []);
});
