import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withObjects } from "../../lib/data/with_objects.ts";
import { cityscapes } from "../../lib/sets/cityscapes.ts";
import { countsOf, greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";
import { writePng } from "../images/png_writer.ts";
import { assertSame } from "../same.ts";

const frame = (split: string, name: string) => `leftImg8bit/${split}/${name}_leftImg8bit.png`;
const truth = (split: string, name: string, kind: string) =>
  `gtFine/${split}/${name}_gtFine_${kind}.png`;

// Column trainId of the table in cityscapesScripts, helpers/labels.py, for ids 0 to 33.
const trainIds = [
  ...[255, 255, 255, 255, 255, 255, 255, 0, 1, 255, 255, 2, 3, 4, 255, 255, 255, 5, 255, 6, 7, 8],
  ...[9, 10, 11, 12, 13, 14, 15, 255, 255, 16, 17, 18],
];

Deno.test("cityscapes() makes train ids of label ids where there are no others", () =>
  withFolder(async (dir) => {
    const ids = [...trainIds.keys(), 255]; // 255: a license plate's -1 in 8 bits
    await writeFiles(dir, {
      [frame("train", "bonn/bonn_1_2")]: await imageRow(ids.length),
      [truth("train", "bonn/bonn_1_2", "labelIds")]: greyRow(...ids),
      [frame("train", "aachen/aachen_1_2")]: await imageRow(3),
      [truth("train", "aachen/aachen_1_2", "labelIds")]: greyRow(7, 7, 7),
      [truth("train", "aachen/aachen_1_2", "labelTrainIds")]: greyRow(0, 18, 255),
    });
    const data = await cityscapes(dir, "train");
    assertEquals([data.name, data.length, data.classes.length], ["cityscapes/train", 2, 19]);
    const [aachen, bonn] = [await data.example(0), await data.example(1)];
    assertEquals([aachen.name, bonn.name], ["aachen/aachen_1_2", "bonn/bonn_1_2"]);
    assertEquals(aachen.labels.data, Uint8Array.of(0, 18, 255));
    assertEquals(bonn.labels.data, Uint8Array.of(...trainIds, 255));
    assertEquals(data.instances, undefined);
  }));

Deno.test("cityscapes() refuses ids in a file of train ids, and ids that there are not", () =>
  withFolder(async (dir) => {
    for (const [kind, value] of [["labelTrainIds", 26], ["labelIds", 34]] as const) {
      await writeFiles(dir, {
        [frame(kind, "a/a_1")]: await imageRow(1),
        [truth(kind, "a/a_1", kind)]: greyRow(value),
      });
      const data = await cityscapes(dir, kind as "train");
      const error = await assertRejects(() => data.example(0), RangeError, `value ${value} in`);
      assertStringIncludes(error.message, `a_1_gtFine_${kind}.png`);
    }
  }));

Deno.test("cityscapes() gives the instances of things, and none for stuff and groups", () =>
  withFolder(async (dir) => {
    const instances = (...samples: number[]) =>
      writePng({ width: 4, height: 1, bits: 16, type: 0, samples, interlaced: false });
    await writeFiles(dir, {
      [frame("val", "a/a_1")]: await imageRow(4),
      [truth("val", "a/a_1", "labelIds")]: greyRow(7, 26, 26, 33),
      [truth("val", "a/a_1", "instanceIds")]: instances(7, 26, 26000, 33012),
    });
    const whole = await cityscapes(dir, "val");
    assertEquals(await whole.instances?.(0), Uint16Array.of(0, 0, 26000, 33012));
    await assertRejects(() => whole.instances!(1), RangeError, "from 0 to 0, got 1");
    await writeFiles(dir, { [truth("val", "a/a_1", "labelIds")]: greyRow(7, 26, 26) });
    const error = await assertRejects(() => whole.instances!(0), RangeError, "3×1 pixels, got 4×1");
    assertStringIncludes(error.message, "a_1_gtFine_instanceIds.png");
    await writeFiles(dir, {
      [frame("val", "b/b_1")]: await imageRow(1),
      [truth("val", "b/b_1", "labelIds")]: greyRow(7),
    });
    assertEquals((await cityscapes(dir, "val")).instances, undefined); // not all frames have them
  }));

Deno.test("cityscapes() says which files it needs when frames have no labels", () =>
  withFolder(async (dir) => {
    for (const name of ["a/a_1", "a/a_2", "b/b_1"]) {
      await writeFiles(dir, { [frame("val", name)]: await imageRow(1) });
    }
    await writeFiles(dir, { [truth("val", "a/a_1", "color")]: greyRow(7) });
    const error = await assertRejects(
      () => cityscapes(dir, "val"),
      RangeError,
      "got 3 without mask",
    );
    assertStringIncludes(error.message, "(a/a_1, a/a_2, b/b_1)");
    assertStringIncludes(
      error.message,
      "NAME_gtFine_labelTrainIds.png or NAME_gtFine_labelIds.png",
    );
  }));

Deno.test("cityscapes() says which folders it needs when they are not there", () =>
  withFolder(async (dir) => {
    const missing = `got no ${join(dir, "leftImg8bit/val")} and no ${join(dir, "gtFine/val")}`;
    await assertRejects(() => cityscapes(dir, "val"), RangeError, missing);
  }));

const real = join(import.meta.dirname!, "../../../../shared/data/cityscapes");

Deno.test({
  name: "cityscapes() reads the real frame when it is there",
  ignore: !existsSync(real),
  async fn() {
    const data = await cityscapes(real, "train");
    const { name, image, labels } = await data.example(0);
    assertEquals([name, image.width, image.height], ["aachen/aachen_000000_000019", 2048, 1024]);
    // Found by PIL and numpy.unique from the label ids and the published table.
    assertEquals(countsOf(labels.data), {
      ...{ 0: 831082, 1: 29195, 2: 611938, 5: 22846, 7: 34863, 8: 221654, 9: 130185, 10: 38722 },
      ...{ 11: 1588, 12: 2270, 13: 42659, 18: 2309, 255: 127841 },
    });
    // And from the instance ids, where these are 1000 and more.
    assertEquals(countsOf(await data.instances!(0)), {
      ...{ 0: 2048 * 1024 - 48826, 24000: 665, 24001: 923, 25000: 2270, 26003: 2129, 26004: 1636 },
      ...{ 26005: 6072, 26006: 118, 26007: 1293, 26008: 5248, 26009: 8739, 26010: 17424 },
      ...{ 33000: 830, 33001: 1479 },
    });
  },
});

Deno.test("cityscapes() gives its objects: things by their ids, groups as crowds, stuff by class", () =>
  withFolder(async (dir) => {
    const samples = [7, 26, 26000, 33012, 33012, 7];
    await writeFiles(dir, {
      [frame("val", "a/a_1")]: await imageRow(6),
      [truth("val", "a/a_1", "labelIds")]: greyRow(7, 26, 26, 33, 33, 7),
      [truth("val", "a/a_1", "instanceIds")]: writePng({
        ...{ width: 6, height: 1, bits: 16, type: 0, samples, interlaced: false },
      }),
    });
    const data = await cityscapes(dir, "val");
    const things = data.classes.filter((_, i) => data.things![i]);
    assertEquals(things, [
      "person",
      "rider",
      "car",
      "truck",
      "bus",
      "train",
      "motorcycle",
      "bicycle",
    ]);
    const objects = await data.objects!(0);
    assertEquals([...objects.data], [1, 2, 3, 4, 4, 1]);
    assertEquals(objects.segments, [
      { id: 1, class: 0 },
      { id: 2, class: 13, isCrowd: true },
      { id: 3, class: 13 },
      { id: 4, class: 18 },
    ]);
    assertSame((await withObjects(data).example(0)).objects, objects);
  }));
