/** Objects go wherever labels go. */
import { assert, assertEquals } from "@std/assert";
import { augment, type Augmentation, cropped } from "../../lib/data/augment.ts";
import { type Batch, batches } from "../../lib/data/batches.ts";
import { type Dataset, keepInMemory } from "../../lib/data/dataset.ts";
import { type Extras, extrasSchema } from "../../lib/data/extras.ts";
import { mixed } from "../../lib/data/mixing.ts";
import { withObjects } from "../../lib/data/with_objects.ts";
import { areasOf, labelsOf } from "../../lib/images/objects.ts";
import { stream } from "../../lib/random.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { assertSame } from "../same.ts";

const plain: Augmentation = {
  crop: 40,
  base: null,
  scale: [0.5, 2],
  flip: true,
  colour: "none",
  normalization: { mean: [123.67, 116.28, 103.53], std: [58.4, 57.12, 57.38] },
  maxClassShare: 0.75,
};
const having = (extras: Partial<Extras>): Augmentation => {
  return { ...plain, extras: { ...extrasSchema.parse({}), ...extras } };
};
const data = scenes({ seed: 3, split: "train", length: 12, size: 64 });
const objectData = keepInMemory(withObjects(data));

const ways: Record<string, Augmentation> = {
  "resized, cut and mirrored": plain,
  "padded": { ...plain, scale: [0.3, 0.5] },
  "turned by any angle": having({ rotate: { degrees: 180, p: 1 } }),
  "mirrored and turned by quarters": having({ verticalFlip: true, quarterTurns: true }),
  "mixed with a rectangle of another": having({ cutMix: 1 }),
  "pasted into": having({ copyPaste: { classes: ["tree", "car"], p: 1 } }),
  "cut out of": having({ cutOut: { share: 0.3, p: 1 } }),
};

for (const [way, augmentation] of Object.entries(ways)) {
  Deno.test(`a crop has the objects of its pixels when it is ${way}`, async () => {
    for (let index = 0; index < objectData.length; index++) {
      const random = stream(way, index);
      const crop = cropped(await objectData.example(index), augmentation, random);
      const { labels, objects } = await mixed(crop, objectData, augmentation, random);
      assertSame(labelsOf(objects!), labels);
      const areas = areasOf(objects!);
      const ids = objects!.segments.map(({ id }) => id);
      assertEquals(ids.toSorted((a, b) => a - b), [...areas.keys()].sort((a, b) => a - b));
    }
  });
}

Deno.test("a crop keeps things of one class apart", async () => {
  const example = await objectData.example(0);
  const random = stream("apart", 0);
  const { objects } = cropped(example, { ...plain, scale: [1, 1], crop: 64, flip: false }, random);
  assertSame(objects, example.objects);
  const counts = Map.groupBy(objects!.segments, (segment) => segment.class);
  assert([...counts.values()].some((segments) => segments.length > 1));
});

Deno.test("augment() pads objects with none", async () => {
  const example = await objectData.example(1);
  const { labels, objects } = augment(example, ways["padded"]!, stream("padded", 0));
  assertEquals([objects!.width, objects!.height], [40, 40]);
  assertSame(labelsOf(objects!), labels);
  assert(objects!.data.at(-1) === 0);
});

Deno.test("batches() has the objects of each crop, and otherwise the batch that it had", async () => {
  const config = { batch: 4, seed: 1, from: 0, augmentation: having({ cutMix: 0.5 }) };
  const first = async (source: Dataset): Promise<Batch> =>
    (await batches(source, config).next()).value;
  const { objects, ...batch } = await first(objectData);
  assertSame(batch, await first(data));
  const labels = objects!.flatMap((one) => [...labelsOf(one).data]);
  assertSame(labels, [...batch.labels.data]);
});
