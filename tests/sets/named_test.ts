import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { dataNames, namedData, namedFiles } from "../../lib/sets/named.ts";
import { greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";

const image = await imageRow(1);
const published = {
  "camvid": { "val/a.png": image, "valannot/a.png": greyRow(3) },
  "ade20k": { "images/validation/a.jpg": image, "annotations/validation/a.png": greyRow(4) },
  "cityscapes": {
    "leftImg8bit/val/b/a_leftImg8bit.png": image,
    "gtFine/val/b/a_gtFine_labelIds.png": greyRow(12),
  },
  "pascal-context": {
    "JPEGImages/a.jpg": image,
    "SegmentationClassContext/a.png": greyRow(3),
    "ImageSets/SegmentationContext/val.txt": "a",
  },
  "pascal-context-59": {
    "JPEGImages/a.jpg": image,
    "SegmentationClassContext/a.png": greyRow(4),
    "ImageSets/SegmentationContext/val.txt": "a",
  },
  "pascal-voc": {
    "JPEGImages/a.jpg": image,
    "SegmentationClass/a.png": greyRow(3),
    "ImageSets/Segmentation/val.txt": "a",
  },
  "coco-stuff": { "images/val2017/a.jpg": image, "annotations/val2017/a.png": greyRow(3) },
} satisfies Record<string, Record<string, Uint8Array | string>>;

for (const [name, files] of Object.entries(published)) {
  Deno.test(`namedData() opens ${name} when it is given as NAME=FOLDER`, () =>
    withFolder(async (dir) => {
      await writeFiles(join(dir, "a=b"), files);
      const data = await namedData(`${name}=${join(dir, "a=b")}`, "val");
      assertEquals([data.name, data.length], [`${name}/val`, 1]);
      assertEquals([...(await data.example(0)).labels.data], [3]);
      assertStringIncludes(dataNames, name);
    }));
}

Deno.test("namedData() opens scenes, and a folder alone in CamVid's layout", () =>
  withFolder(async (dir) => {
    assertEquals((await namedData("scenes", "val")).length, 100);
    await writeFiles(dir, published.camvid);
    assertEquals((await namedFiles(dir, "val")).name, "camvid/val");
  }));

Deno.test("namedData() lists what it takes when a name is neither known nor there", () =>
  withFolder(async (dir) => {
    for (const name of ["ade20", "constructor", "ade20k="]) {
      const { message } = await assertRejects(() => namedData(name, "val"), RangeError, dataNames);
      assertStringIncludes(message, `got "${name}", which is neither`);
    }
    const hint = `no folder valannot; a published data set is opened as, for example, ade20k=`;
    await assertRejects(() => namedData(dir, "val"), RangeError, hint);
  }));
