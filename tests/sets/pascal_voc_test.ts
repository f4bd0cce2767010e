import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pascalVoc } from "../../lib/sets/pascal_voc.ts";
import { greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";
import { writePng } from "../images/png_writer.ts";

const image = await imageRow(4);
const palette = ["PLTE", new Uint8Array(768).fill(7)] as const;
const indices = (...samples: number[]) =>
  writePng({
    width: 4,
    height: 1,
    bits: 8,
    type: 3,
    samples,
    interlaced: false,
    chunks: [palette],
  });

/** VOC 2012 with training images a and c, validation image b, and image d that no list names. */
const made = {
  "JPEGImages/a.jpg": image,
  "JPEGImages/b.jpg": image,
  "JPEGImages/c.jpg": image,
  "JPEGImages/d.jpg": image,
  "SegmentationClass/a.png": indices(0, 1, 20, 255),
  "SegmentationClass/b.png": indices(0, 0, 15, 15),
  "SegmentationClass/c.png": indices(3, 3, 3, 3),
  "SegmentationObject/a.png": indices(0, 1, 2, 255),
  "SegmentationObject/b.png": indices(0, 0, 1, 2),
  "SegmentationObject/c.png": indices(1, 1, 1, 1),
  "ImageSets/Segmentation/train.txt": "c\r\na\r\n",
  "ImageSets/Segmentation/val.txt": "b\n",
};

Deno.test("pascalVoc() reads palette indices in the list's order and ignores the border", () =>
  withFolder(async (dir) => {
    await writeFiles(join(dir, "VOCdevkit", "VOC2012"), made);
    for (const place of ["", "VOCdevkit", "VOCdevkit/VOC2012"]) {
      const data = await pascalVoc(join(dir, place), "train");
      assertEquals([data.name, data.length, data.classes.length], ["pascal-voc/train", 2, 21]);
      const [first, second] = [await data.example(0), await data.example(1)];
      assertEquals([first.name, second.name], ["c", "a"]);
      assertEquals(second.labels.data, Uint8Array.of(0, 1, 20, 255));
      assertEquals(await data.instances?.(1), Uint16Array.of(0, 1, 2, 0));
    }
    assertEquals((await pascalVoc(dir, "val")).length, 1);
  }));

Deno.test("pascalVoc() adds the augmented images to train when they are there", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, made);
    await writeFiles(dir, { "SegmentationClassAug/d.png": greyRow(5, 5, 0, 255) });
    await assertRejects(() => pascalVoc(dir, "train"), RangeError, "aug.txt or trainaug.txt");
    for (const [list, names] of [["trainaug.txt", "a\nc\nd\n"], ["aug.txt", "d\n"]]) {
      await writeFiles(dir, { [`ImageSets/Segmentation/${list}`]: names! });
      const data = await pascalVoc(dir, "train");
      assertEquals([data.name, data.length], ["pascal-voc/train+aug", 3]);
      const { name, labels } = await data.example(2);
      assertEquals([name, [...labels.data]], ["d", [5, 5, 0, 255]]);
      assertEquals(data.instances, undefined); // the augmented images have none
    }
    assertEquals((await pascalVoc(dir, "val")).name, "pascal-voc/val");
  }));

Deno.test("pascalVoc() says what a list names when files of it are missing", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, made);
    await rm(join(dir, "SegmentationClass", "c.png"));
    const error = await assertRejects(
      () => pascalVoc(dir, "train"),
      RangeError,
      "got 1 without mask",
    );
    assertStringIncludes(error.message, join("ImageSets", "Segmentation", "train.txt"));
    assertStringIncludes(error.message, "(c)");
    await rm(join(dir, "JPEGImages", "b.jpg"));
    await assertRejects(() => pascalVoc(dir, "val"), RangeError, "got 1 without image");
  }));

Deno.test("pascalVoc() reads without instances when SegmentationObject is not there", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, made);
    await rm(join(dir, "SegmentationObject"), { recursive: true });
    assertEquals((await pascalVoc(dir, "train")).instances, undefined);
  }));

Deno.test("pascalVoc() says what is missing when a list or a folder is", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, made);
    await writeFiles(dir, { "ImageSets/Segmentation/val.txt": "\n" });
    await assertRejects(
      () => pascalVoc(dir, "val"),
      RangeError,
      "needs names, one a line, got none",
    );
    await rm(join(dir, "ImageSets/Segmentation/val.txt"));
    await assertRejects(() => pascalVoc(dir, "val"), RangeError, "val.txt: needs a text file");
    await rm(join(dir, "SegmentationClass"), { recursive: true });
    const missing = `got no ${join(dir, "SegmentationClass")}; unpack VOCtrainval_11-May-2012.tar`;
    await assertRejects(() => pascalVoc(dir, "val"), RangeError, missing);
  }));

Deno.test("pascalVoc() refuses a coloured mask when it was saved without its palette", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { ...made, "SegmentationClass/b.png": image });
    const data = await pascalVoc(dir, "val");
    await assertRejects(() => data.example(0), RangeError, "got an RGB image");
  }));

Deno.test("pascalVoc() gives its objects, the background as stuff and borders as none", () =>
  withFolder(async (dir) => {
    await writeFiles(join(dir, "VOCdevkit", "VOC2012"), made);
    const data = await pascalVoc(dir, "val");
    const objects = await data.objects!(0);
    assertEquals([...objects.data], [1, 1, 2, 3]); // two persons side by side
    assertEquals(objects.segments.map((segment) => segment.class), [0, 15, 15]);
    const train = await (await pascalVoc(dir, "train")).objects!(1);
    assertEquals([[...train.data], train.segments.length], [[1, 2, 3, 0], 3]);
  }));
