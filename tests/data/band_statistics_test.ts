import { assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bandStatistics } from "../../lib/data/band_statistics.ts";
import { folder } from "../../lib/data/folder.ts";
import { arrayDataset } from "../../lib/sets/arrays.ts";
import { bandTiff, writeBandData } from "../commands/band_data.ts";
import { exampleOf, labelMap, withFolder } from "./fixtures.ts";

const labels = labelMap(2, 1, (x) => x);
const setOf = (...images: readonly (readonly number[])[]) =>
  arrayDataset({
    classes: ["a", "b"],
    examples: images.map((values) => {
      const channels = values.length / 2;
      return { image: { width: 2, height: 1, channels, data: Float32Array.from(values) }, labels };
    }),
  });

Deno.test("bandStatistics() gives each band's mean and deviation over the pixels that have a value", async () => {
  const set = setOf([1, 1000, 3, NaN], [5, 3000, 7, 2000]);
  // By hand: 4 and √5 of 1, 3, 5, 7; 2000 and 1000 · √(2 / 3) of 1000, 3000, 2000.
  assertEquals(await bandStatistics(set), { mean: [4, 2000], std: [2.23607, 816.497] });
});

Deno.test("bandStatistics() gives a band of one value the deviation 1, and RGB images none", async () => {
  assertEquals(await bandStatistics(setOf([7, 7])), { mean: [7], std: [1] });
  const { image } = exampleOf(labels);
  const rgb = arrayDataset({ classes: ["a", "b"], examples: [{ image, labels }] });
  assertEquals(await bandStatistics(rgb), null);
});

Deno.test("bandStatistics() refuses images of other bands than the first has", async () => {
  const set = setOf([1, 2], [1, 2, 3, 4]);
  await assertRejects(
    () => bandStatistics(set),
    RangeError,
    "1: 1 band needed, as the first image",
  );
});

Deno.test("folder() reads TIFFs of five bands as they are, and a file of four is an error", () =>
  withFolder(async (dir) => {
    const path = await writeBandData(dir, 5);
    const set = await folder(path, "train");
    assertEquals(set.source.reading, { channels: 5 });
    assertEquals((await set.example(0)).image.data.slice(0, 5).length, 5);
    await writeFile(join(dir, "train/images/3.tif"), bandTiff(4, 20));
    await assertRejects(() => set.example(3), RangeError, "3.tif: needs 5 bands");
  }));
