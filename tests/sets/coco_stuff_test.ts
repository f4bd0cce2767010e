import { assertEquals, assertRejects } from "@std/assert";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { cocoStuff } from "../../lib/sets/coco_stuff.ts";
import { greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";

Deno.test("cocoStuff() makes 171 classes of the raw ids", () =>
  withFolder(async (dir) => {
    // Rows of the table in mmsegmentation's tools/dataset_converters/coco_stuff164k.py.
    const ids = [0, 10, 12, 24, 26, 27, 30, 64, 66, 69, 71, 89, 91, 181, 255];
    const classes = [0, 10, 11, 23, 24, 25, 26, 59, 60, 61, 62, 79, 80, 170, 255];
    await writeFiles(dir, {
      "images/train2017/000000000009.jpg": await imageRow(ids.length),
      "annotations/train2017/000000000009.png": greyRow(...ids),
    });
    const data = await cocoStuff(dir, "train");
    assertEquals([data.name, data.length, data.classes.length], ["coco-stuff/train", 1, 171]);
    assertEquals((await data.example(0)).labels.data, Uint8Array.of(...classes));
    assertEquals([79, 80, 170].map((i) => data.classes[i]), ["toothbrush", "banner", "wood"]);
    assertEquals(new Set(data.classes).size, 171);
    assertEquals(data.palette.length, 171);
  }));

Deno.test("cocoStuff() refuses an id that is no class", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, {
      "images/val2017/1.jpg": await imageRow(2),
      "annotations/val2017/1.png": greyRow(11, 182),
    });
    const data = await cocoStuff(dir, "val");
    await assertRejects(
      () => data.example(0),
      RangeError,
      "value 11 in 1 pixel, value 182 in 1 pixel",
    );
  }));

Deno.test("cocoStuff() reads train ids when mmsegmentation's files are there", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, {
      "images/val2017/1.jpg": await imageRow(3),
      "images/val2017/2.jpg": await imageRow(3),
      "annotations/val2017/1.png": greyRow(0, 181, 255),
      "annotations/val2017/1_labelTrainIds.png": greyRow(0, 170, 255),
      "annotations/val2017/2.png": greyRow(0, 181, 255),
      "annotations/val2017/2_labelTrainIds.png": greyRow(0, 171, 255),
    });
    const data = await cocoStuff(dir, "val");
    assertEquals((await data.example(0)).labels.data, Uint8Array.of(0, 170, 255));
    await assertRejects(() => data.example(1), RangeError, "value 171 in 1 pixel");
    await rm(join(dir, "annotations/val2017/2_labelTrainIds.png")); // only half of them made
    const half = await cocoStuff(dir, "val");
    assertEquals((await half.example(0)).labels.data, Uint8Array.of(0, 170, 255));
    assertEquals((await half.example(1)).labels.data, Uint8Array.of(0, 170, 255));
  }));

Deno.test("cocoStuff() says what to unpack when a folder is not there", () =>
  withFolder(async (dir) => {
    await assertRejects(
      () => cocoStuff(dir, "val"),
      RangeError,
      "unpack val2017.zip and stuffthing",
    );
  }));
