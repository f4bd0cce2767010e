import { assertEquals } from "@std/assert";
import type { Example } from "../../lib/data/dataset.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import {
  examplesOf,
  madeData,
  type MadeLayout,
  panoramas,
} from "../../experiments/bench/made_data.ts";
import { withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

const SIDES = { width: 40, height: 24 };

/** A column of an example's pixels and labels. */
function column({ image, labels }: Example, x: number): number[] {
  const rows = Array.from({ length: labels.height }, (_, y) => y * labels.width + x);
  return rows.flatMap((i) => [labels.data[i]!, ...image.data.subarray(3 * i, 3 * i + 3)]);
}

Deno.test("panoramas() sets scenes side by side and cuts them at the right", async () => {
  const squares = scenes({ seed: 1, split: "val", length: 4, size: 24 });
  const wide = await panoramas(SIDES, 2).example(1);
  assertEquals([wide.image.width, wide.labels.height], [40, 24]);
  assertEquals(column(wide, 23), column(await squares.example(2), 23));
  assertEquals(column(wide, 39), column(await squares.example(3), 15));
  const high = await panoramas({ width: 10, height: 24 }, 1).example(0);
  assertEquals(column(high, 9), column(await squares.example(0), 9));
});

for (
  const [layout, classes, instances, expected] of [
    ["camvid", 11, false, (label: number) => label],
    ["ade20k", 150, false, (label: number) => label],
    // Train ids of sky, terrain (three times), road, building (twice), vegetation, pole and car.
    ["cityscapes", 19, true, (label: number) => [10, 9, 9, 9, 0, 2, 2, 8, 5, 13][label]!],
  ] as const satisfies readonly [MadeLayout, number, boolean, (label: number) => number][]
) {
  Deno.test(`madeData() writes what the reader of ${layout} gives back`, () =>
    withFolder(async (folder) => {
      const made = panoramas(SIDES, 2);
      const dataset = await madeData(layout, folder, examplesOf(made));
      assertEquals([dataset.length, dataset.classes.length], [2, classes]);
      const [{ image, labels }, original] = [await dataset.example(1), await made.example(1)];
      assertEquals([image.width, image.height], [40, 24]);
      assertSame(labels.data, original.labels.data.map(expected));
      assertEquals(labels.data.includes(IGNORE), false);
      const things = await dataset.instances?.(1);
      const cars = original.labels.data.filter((label) => label === 9).length;
      assertEquals(things?.filter((id) => id === 26000).length, instances ? cars : undefined);
    }));
}
