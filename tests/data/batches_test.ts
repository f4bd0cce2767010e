import { assert, assertEquals, assertRejects } from "@std/assert";
import { setTimeout } from "node:timers/promises";
import type { Augmentation } from "../../lib/data/augment.ts";
import { augment } from "../../lib/data/augment.ts";
import type { Batch } from "../../lib/data/batches.ts";
import { batches, examplesOfStep } from "../../lib/data/batches.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { stream } from "../../lib/random.ts";
import { exampleOf, labelMap } from "./fixtures.ts";
import { assertSame, difference } from "../same.ts";

const augmentation: Augmentation = {
  crop: 8,
  base: null,
  scale: [0.5, 2],
  flip: true,
  colour: "photometric",
  normalization: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  maxClassShare: 0.75,
};
const config = { batch: 3, augmentation, seed: 5, from: 0 };

/** Ten small examples; `reads` notes which were asked for. */
function toy(reads: number[] = []): Dataset {
  const example = (index: number) => {
    reads.push(index);
    return Promise.resolve(exampleOf(labelMap(12, 10, (x, y) => (x + y * index) % 4)));
  };
  const palette = [[0, 0, 0], [1, 1, 1], [2, 2, 2], [3, 3, 3]] as const;
  return { name: "toy", classes: ["a", "b", "c", "d"], palette, length: 10, example };
}

async function take(
  count: number,
  from: number,
  byClass: readonly (readonly number[])[] | null = null,
): Promise<Batch[]> {
  const taken: Batch[] = [];
  for await (const batch of batches(toy(), { ...config, from, byClass })) {
    if (taken.push(batch) === count) break;
  }
  return taken;
}

Deno.test("batches() makes sample k of a step from the stream augment/STEP/k", async () => {
  const [, batch] = await take(2, 0);
  assertEquals([batch!.step, batch!.images.shape, batch!.labels.shape], [
    1,
    [3, 3, 8, 8],
    [3, 8, 8],
  ]);
  for (const [k, index] of examplesOfStep(10, 3, 5, 1).entries()) {
    const sample = augment(await toy().example(index), augmentation, stream(`augment/1/${k}`, 5));
    assertSame(batch!.images.data.slice(192 * k, 192 * (k + 1)), sample.image.data);
    assertEquals(batch!.labels.data.slice(64 * k, 64 * (k + 1)), sample.labels.data);
  }
});

Deno.test("batches() goes on as if never stopped when it starts at a later step", async () => {
  const whole = await take(8, 0);
  assertEquals(whole.map(({ step }) => step), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertSame(await take(3, 5), whole.slice(5));
});

Deno.test("batches() drawn by class goes on as if never stopped", async () => {
  const byClass = [[], [], [], [3]]; // of class 3 example 3 alone is known
  const whole = await take(8, 0, byClass);
  assertSame(await take(3, 5, byClass), whole.slice(5));
  assert(difference(whole, await take(8, 0), "batches") !== undefined);
});

Deno.test("examplesOfStep() uses each example once an epoch and drops the last few", () => {
  const epochs = [0, 1].map((epoch) =>
    [0, 1, 2].flatMap((k) => examplesOfStep(10, 3, 5, 3 * epoch + k))
  );
  for (const epoch of epochs) assertEquals(new Set(epoch).size, 9);
  assert(epochs[0]!.some((index, i) => index !== epochs[1]![i]));
});

Deno.test("batches() names the examples whose crop has no pixel of any class", async () => {
  const data = toy();
  const [empty, next] = examplesOfStep(10, 3, 5, 0);
  const example = async (index: number) => {
    const { image, labels } = await data.example(index);
    const fill = index === empty ? 255 : index === next ? 4 : 1; // 4: one more than the classes
    return { name: `${index}.png`, image, labels: { ...labels, data: labels.data.fill(fill) } };
  };
  const stepping = batches({ ...data, example }, config);
  assertEquals((await stepping.next()).value.unlabelled, [`${empty}.png`, `${next}.png`]);
  await stepping.return(undefined);
});

Deno.test("batches() makes the next two batches while the consumer works", async () => {
  const reads: number[] = [];
  const stepping = batches(toy(reads), config);
  await stepping.next();
  await setTimeout(20);
  assertEquals(reads, [0, 1, 2].flatMap((step) => examplesOfStep(10, 3, 5, step)));
  await stepping.next();
  await setTimeout(20);
  assertEquals(reads.length, 12);
  await stepping.return(undefined);
});

Deno.test("batches() throws at the step whose example is broken, not before", async () => {
  const broken = examplesOfStep(10, 3, 5, 1)[0]!;
  const data = toy();
  const example = (index: number) =>
    index === broken ? Promise.reject(new RangeError("torn")) : data.example(index);
  const stepping = batches({ ...data, example }, config);
  assertEquals((await stepping.next()).value.step, 0);
  await assertRejects(() => stepping.next(), RangeError, "torn");
});

const refused: readonly [string, Partial<typeof config>, string][] = [
  ["the data set is smaller than a batch", { batch: 11 }, "needs 11 examples or more"],
  ["the batch is empty", { batch: 0 }, "got 0"],
  ["the first step is negative", { from: -1 }, "got -1"],
  ["the crop is empty", { augmentation: { ...augmentation, crop: 0 } }, "got 0"],
];

for (const [what, change, message] of refused) {
  Deno.test(`batches() refuses when ${what}`, async () => {
    const stepping = batches(toy(), { ...config, ...change });
    await assertRejects(() => stepping.next(), RangeError, message);
  });
}
