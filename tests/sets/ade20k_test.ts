import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { encodeImage } from "../../lib/images/encode.ts";
import { ade20k } from "../../lib/sets/ade20k.ts";
import { countsOf, greyRow, imageRow, withFolder, writeFiles } from "../data/fixtures.ts";

const image = await imageRow(3);

Deno.test("ade20k() ignores 0 and counts the classes from 0", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, {
      "ADEChallengeData2016/images/training/ADE_train_1.jpg": image,
      "ADEChallengeData2016/annotations/training/ADE_train_1.png": greyRow(0, 1, 150),
    });
    for (const root of [dir, join(dir, "ADEChallengeData2016")]) {
      const data = await ade20k(root, "train");
      assertEquals([data.name, data.length, data.classes.length], ["ade20k/train", 1, 150]);
      assertEquals([data.classes[149], data.palette[0]], ["flag", [120, 120, 120]]);
      assertEquals((await data.example(0)).labels.data, Uint8Array.of(255, 0, 149));
      assertEquals("instances" in data, false);
    }
  }));

Deno.test("ade20k() names file and value when a mask holds more than 150 classes", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, {
      "images/validation/a.jpg": image,
      "annotations/validation/a.png": greyRow(0, 1, 151),
    });
    const data = await ade20k(dir, "val");
    const error = await assertRejects(() => data.example(0), RangeError, "value 151 in 1 pixel");
    assertStringIncludes(error.message, join("annotations", "validation", "a.png"));
  }));

Deno.test("ade20k() says how many images lack a mask when half the data set is there", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, {
      "images/validation/a.jpg": image,
      "images/validation/b.jpg": image,
      "annotations/validation/b.png": greyRow(0, 1, 2),
    });
    await assertRejects(() => ade20k(dir, "val"), RangeError, "got 1 without mask (a)");
  }));

Deno.test("ade20k() says which folders it needs when they are not there", () =>
  withFolder(async (dir) => {
    const gone = join(dir, "gone");
    const { message } = await assertRejects(() => ade20k(gone, "val"), RangeError, `no ${gone};`);
    assertStringIncludes(message, "images/validation and annotations/validation");
    await writeFiles(dir, { "images/validation/a.jpg": image });
    const missing = `got no ${
      join(dir, "annotations/validation")
    }; unpack ADEChallengeData2016.zip`;
    await assertRejects(() => ade20k(dir, "val"), RangeError, missing);
  }));

const real = join(import.meta.dirname!, "../../../../shared/data/ADEChallengeData2016");

// Counts of the raw masks, found by PIL and numpy.unique; class v is v - 1 here and 0 is 255.
const validation = [
  [683, 512, { 0: 3613, 1: 14538, 2: 123406, 3: 134492, 5: 8784, 7: 1755, 10: 53099, 18: 10009 }],
  [500, 364, { 0: 17280, 1: 8309, 2: 49211, 3: 85997, 5: 20293, 14: 341, 18: 569 }],
] as const;

Deno.test({
  name: "ade20k() reads the real pairs when they are there",
  ignore: !existsSync(real),
  async fn() {
    assertEquals((await ade20k(real, "train")).length, 1);
    const data = await ade20k(real, "val");
    assertEquals(data.length, 3);
    for (const [index, [width, height, raw]] of validation.entries()) {
      const { name, image, labels } = await data.example(index);
      assertEquals([name, image.width, image.height], [
        `ADE_val_0000000${index + 1}`,
        width,
        height,
      ]);
      const reduced = Object.entries(raw).map(([v, n]) => [v === "0" ? 255 : Number(v) - 1, n]);
      assertEquals(countsOf(labels.data), Object.fromEntries(reduced));
    }
  },
});

Deno.test("ade20k() tells the things apart that annotations_instance has, by their colours", () =>
  withFolder(async (dir) => {
    // Beds, of which only two have an instance, beside wall; categories have numbers of their own there.
    const colours = [0, 0, 0, 3, 1, 0, 3, 2, 0, 0, 0, 0];
    const instances = (width: number, data: number[]) =>
      encodeImage({ width, height: 1, data: Uint8Array.from(data) });
    await writeFiles(dir, {
      "images/validation/a.jpg": await imageRow(4),
      "annotations/validation/a.png": greyRow(1, 8, 8, 8),
      "annotations_instance/validation/a.png": await instances(4, colours),
    });
    const data = await ade20k(dir, "val");
    assertEquals(data.things!.filter((isThing) => isThing).length, 100);
    assertEquals(await data.instances!(0), Uint16Array.of(0, 769, 770, 0));
    assertEquals((await data.objects!(0)).segments, [
      { id: 1, class: 0 },
      { id: 2, class: 7 },
      { id: 3, class: 7 },
      { id: 4, class: 7, isCrowd: true },
    ]);
    await writeFiles(dir, { "annotations_instance/validation/a.png": greyRow(0, 1, 2, 0) });
    await assertRejects(
      () => data.instances!(0),
      RangeError,
      "needs an RGB one, got a grey or palette PNG",
    );
  }));
