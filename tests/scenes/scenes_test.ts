import { assert, assertEquals, assertRejects } from "@std/assert";
import { keepInMemory } from "../../lib/data/dataset.ts";
import { labelsOf } from "../../lib/images/objects.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { assertSame } from "../same.ts";

const config = { seed: 1, split: "train", length: 40, size: 64 } as const;

Deno.test("scenes() repeats example i when it is drawn alone", async () => {
  const all = scenes(config);
  await all.example(0);
  assertSame(await all.example(7), await scenes({ ...config, length: 8 }).example(7));
});

Deno.test("scenes() differs when index, seed or split does", async () => {
  const first = (await scenes(config).example(0)).image.data;
  const others = [
    await scenes(config).example(1),
    await scenes({ ...config, seed: 2 }).example(0),
    await scenes({ ...config, split: "val" }).example(0),
  ];
  for (const { image } of others) assert(image.data.some((value, i) => value !== first[i]));
});

Deno.test("scenes() shows the same scene at another size", async () => {
  const [small, large] = [
    await scenes(config).example(3),
    await scenes({ ...config, size: 128 }).example(3),
  ];
  let same = 0;
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      const there = large.labels.data[(2 * y + 1) * 128 + 2 * x + 1];
      same += small.labels.data[64 * y + x] === there ? 1 : 0;
    }
  }
  assert(same > 0.95 * 64 * 64, `${same} of 4096 labels agree`);
});

Deno.test("scenes() holds every class, none above 40 % of the pixels nor below 1 %", async () => {
  const data = scenes(config);
  const counts = new Array(data.classes.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    for (const label of (await data.example(i)).labels.data) counts[label]++;
  }
  const shares = counts.map((count) => count / (data.length * 64 * 64));
  assertEquals(shares.length, 10);
  data.classes.forEach((name, i) => {
    assert(shares[i]! > 0.01 && shares[i]! < 0.4, `${name}: ${shares[i]}`);
  });
});

Deno.test("scenes() paints sky and water, and road and roof, alike", async () => {
  const data = keepInMemory(scenes({ ...config, length: 60 }));
  const [sky, water, , , road, roof] = data.classes.keys();
  const mean = async (label: number, mate: number) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      const { image, labels } = await data.example(i);
      if (!labels.data.includes(label) || !labels.data.includes(mate)) continue;
      labels.data.forEach((value, p) => {
        if (value === label) [sum, count] = [sum + image.data[3 * p + 2]!, count + 1];
      });
    }
    return sum / count;
  };
  assert(Math.abs(await mean(sky!, water!) - await mean(water!, sky!)) < 20);
  assert(Math.abs(await mean(road!, roof!) - await mean(roof!, road!)) < 20);
});

Deno.test("scenes() refuses an index when it is outside the set", async () => {
  await assertRejects(() => scenes(config).example(40), RangeError, "from 0 to 39, got 40");
});

Deno.test("scenes() knows its objects, one class each, and tells things of a class apart", async () => {
  const data = scenes(config);
  const classes = data.classes.filter((_, i) => data.things![i]);
  assertEquals(classes, ["roof", "wall", "tree", "car"]);
  let apart = 0;
  for (let i = 0; i < data.length; i++) {
    const objects = await data.objects!(i);
    assertSame(labelsOf(objects), (await data.example(i)).labels);
    const byClass = Map.groupBy(objects.segments, (segment) => segment.class);
    for (const [index, { length }] of byClass) {
      if (data.things![index]) apart += length - 1;
      else assertEquals(length, 1, data.classes[index]);
    }
    assert(objects.segments.every(({ isCrowd }) => !isCrowd));
  }
  assert(apart > 2 * data.length, `${apart} further things of a class`);
});
