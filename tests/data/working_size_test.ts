import { assert, assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { atLongSide } from "../../lib/data/at_long_side.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { datasetSizes, fileSizes } from "../../lib/data/image_sizes.ts";
import { workingSize } from "../../lib/data/working_size.ts";
import { resizeAntialiased } from "../../lib/images/antialiased.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { exampleOf, labelMap, pattern, withFolder } from "./fixtures.ts";

const photo = { width: 480, height: 360 };
const upright = { width: 360, height: 480 };
const large = { width: 4000, height: 3000 };

Deno.test("workingSize() is the middle longer side, and at most three crops", () => {
  const long = (sizes: Parameters<typeof workingSize>[0], crop = 240) => {
    return workingSize(sizes, crop).long;
  };
  assertEquals(long([photo, upright, photo]), 480);
  assertEquals(long([large, large]), 720);
  assertEquals(long([photo], 96), 288);
  assertEquals(long([photo, { width: 640, height: 480 }, large]), 640);
  assertEquals(long([photo, { width: 601, height: 20 }]), 541); // 540.5
});

Deno.test("workingSize() leaves squares of one size, and what nobody could read, as they are", () => {
  const square = { width: 512, height: 512 };
  assertEquals(workingSize([square, square], 64).long, null);
  assertEquals(workingSize([square, { width: 1024, height: 1024 }], 1000).long, 768);
  assertEquals(workingSize([], 240).long, null);
});

Deno.test("workingSize() says what it is and why", () => {
  const words = (...sizes: (typeof photo)[]) => workingSize(sizes, 240).words;
  assertEquals(words(photo), "480 pixels on the longer side, as the images have");
  assertEquals(
    words(photo, { width: 500, height: 300 }, large),
    "500 pixels on the longer side, the middle of the images' 480 to 4000",
  );
  assertEquals(
    words(large, { width: 3000, height: 4000 }),
    "720 pixels on the longer side, three crops of 240, where the images have 4000",
  );
});

Deno.test("fileSizes() reads 64 headers spread over all files, and leaves out what is none", () =>
  withFolder(async (dir) => {
    const files = { a: join(dir, "a.png"), b: join(dir, "b.png"), none: join(dir, "c.png") };
    await writeFile(files.a, await encodeImage(pattern(8, 6)));
    await writeFile(files.b, await encodeImage(pattern(5, 9)));
    await writeFile(files.none, "no picture");
    const pairs = [files.a, files.none, files.b].map((image) => ({ image }));
    assertEquals(await fileSizes(pairs), [{ width: 8, height: 6 }, { width: 5, height: 9 }]);
    const many = Array.from({ length: 200 }, (_, i) => ({ image: i < 100 ? files.a : files.b }));
    const sizes = await fileSizes(many);
    assertEquals(sizes.filter(({ width }) => width === 8).length, 32);
    assertEquals(sizes.length, 64);
  }));

const example = exampleOf(labelMap(8, 4, (x, y) => 10 * y + x));
const dataset: Dataset = {
  name: "patterns",
  classes: ["a"],
  palette: [[0, 0, 0]],
  length: 1,
  example: () => Promise.resolve(example),
  instances: () => Promise.resolve(new Uint16Array(32)),
};

Deno.test("datasetSizes() looks at examples that lie in no files", async () => {
  assertEquals(await datasetSizes({ ...dataset, length: 2 }), [
    { width: 8, height: 4 },
    { width: 8, height: 4 },
  ]);
});

Deno.test("atLongSide() resizes images as PIL does, and labels by the pixel in the middle", async () => {
  const half = atLongSide(dataset, 4);
  assert(!half.instances);
  const { image, labels } = await half.example(0);
  assertEquals(image, resizeAntialiased(shownImage(example.image), 2, 4));
  assertEquals(labels, {
    width: 4,
    height: 2,
    data: Uint8Array.of(11, 13, 15, 17, 31, 33, 35, 37),
  });
  const twice = await atLongSide(dataset, 16).example(0);
  assertEquals([twice.image.width, twice.image.height], [16, 8]);
  assertEquals([...twice.labels.data.slice(0, 6)], [0, 0, 1, 1, 2, 2]);
});

Deno.test("atLongSide() gives examples of this size, and the data set without one, as they are", async () => {
  assert(await atLongSide(dataset, 8).example(0) === example);
  assert(atLongSide(dataset, null) === dataset);
});
