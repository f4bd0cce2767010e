// Everything here is made: no pair of the real Pascal Context was at hand.
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { pascalContext } from "../../lib/sets/pascal_context.ts";
import { greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";

const image = await imageRow(4);
const made = {
  "JPEGImages/2008_000002.jpg": image,
  "JPEGImages/2008_000003.jpg": image,
  "SegmentationClassContext/2008_000002.png": greyRow(0, 1, 59, 255),
  "SegmentationClassContext/2008_000003.png": greyRow(0, 0, 60, 0),
  "ImageSets/SegmentationContext/train.txt": "2008_000002\n",
  "ImageSets/SegmentationContext/val.txt": "2008_000003\n",
};

Deno.test("pascalContext() counts background as a class when there are 60", () =>
  withFolder(async (dir) => {
    await writeFiles(join(dir, "VOCdevkit", "VOC2010"), made);
    const data = await pascalContext(dir, "train", 60);
    assertEquals([data.name, data.length, data.classes.length], ["pascal-context/train", 1, 60]);
    assertEquals([data.classes[0], data.classes[59]], ["background", "wood"]);
    assertEquals((await data.example(0)).labels.data, Uint8Array.of(0, 1, 59, 255));
  }));

Deno.test("pascalContext() ignores background and counts from 0 when there are 59", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, made);
    const data = await pascalContext(dir, "train", 59);
    assertEquals([data.name, data.classes.length], ["pascal-context-59/train", 59]);
    assertEquals([data.classes[0], data.classes[58]], ["aeroplane", "wood"]);
    assertEquals([data.palette[0], data.palette.length], [[180, 120, 120], 59]);
    assertEquals((await data.example(0)).labels.data, Uint8Array.of(255, 0, 58, 255));
  }));

Deno.test("pascalContext() refuses values above 59 and says what is missing", () =>
  withFolder(async (dir) => {
    await assertRejects(
      () => pascalContext(dir, "val", 60),
      RangeError,
      join(dir, "VOCdevkit", "VOC2010", "SegmentationClassContext"),
    );
    await writeFiles(dir, made);
    for (const classes of [59, 60] as const) {
      const data = await pascalContext(dir, "val", classes);
      await assertRejects(() => data.example(0), RangeError, "value 60 in 1 pixel");
    }
  }));
