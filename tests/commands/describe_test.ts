/** From a folder as a user has it to a description that the other commands take. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkLabelsCommand } from "../../experiments/commands/check_labels.ts";
import { describeCommand } from "../../experiments/commands/describe.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { writeSet } from "../annotations/written_sets.ts";
import { greyPng, labelMap, pattern, withFolder, writePair } from "../data/fixtures.ts";
import { printedBy } from "./tiny_data.ts";

const describe = (...args: string[]) =>
  printedBy(() => describeCommand().parseAsync(args, { from: "user" }));
const check = (...args: string[]) =>
  printedBy(() => checkLabelsCommand().parseAsync(args, { from: "user" }));

/** labelme's files of ten images of two videos, a roof in each and a tree in two. */
async function writeLabelme(dir: string): Promise<void> {
  const rectangle = (label: string) => ({
    label,
    points: [[0, 0], [4, 4]],
    shape_type: "rectangle",
  });
  const names = Array.from({ length: 10 }, (_, i) => `${i < 5 ? "a" : "b"}_${i}`);
  await writeSet(
    dir,
    names.map((name) => `${name}.png`),
    Object.fromEntries(names.map((name, i) => [`${name}.json`, {
      version: "5.5.0",
      imagePath: `${name}.png`,
      imageWidth: 8,
      imageHeight: 6,
      shapes: [rectangle("roof"), ...i % 5 === 0 ? [rectangle("tree")] : []],
    }])),
  );
}

Deno.test("describe writes a split of a tool's files, which the other commands take", () =>
  withFolder(async (dir) => {
    await writeLabelme(join(dir, "photos"));
    const file = join(dir, "mine.json");
    const printed = await describe(join(dir, "photos"), "--write", file, "--val-share", "0.2");
    assertStringIncludes(printed, "labelme JSON: 10 images, 3 classes");
    assertStringIncludes(printed, "train: 8 images, val: 2 images");
    const json = JSON.parse(await readFile(file, "utf8"));
    assertEquals([json.name, json.annotations, json.val.length], ["photos", "photos", 2]);
    const [train, val] = [await namedFiles(file, "train"), await namedFiles(file, "val")];
    assertEquals([train.length, val.length], [8, 2]);
    assertEquals(train.classes, ["background", "roof", "tree"]);
    assertStringIncludes(await check(file), "mine.json: 0 errors and 0 warnings");
    await describe(join(dir, "photos"), "--write", file); // over a description of ours
    await assertRejects(
      () => describe(join(dir, "photos"), "--write", join(dir, "photos", "a_0.json")),
      RangeError,
      "needed, got one of something else",
    );
  }));

Deno.test("describe --folds writes a description for each, and --group-by keeps videos together", () =>
  withFolder(async (dir) => {
    await writeLabelme(dir);
    await assertRejects(() => describe(dir, "--folds", "3"), RangeError, "--write FILE needed");
    await describe(dir, "--write", join(dir, "out", "five.json"), "--folds", "5");
    const held = [];
    for (const fold of [1, 2, 3, 4, 5]) {
      const text = await readFile(join(dir, "out", `five-${fold}.json`), "utf8");
      held.push(...JSON.parse(text).val);
    }
    assertEquals(held.length, 10);
    assertEquals(new Set(held).size, 10);
    const printed = await describe(dir, "--val-share", "0.5", "--group-by", "^(\\w)_");
    const names: string[] = JSON.parse(printed.slice(printed.indexOf("{"))).val;
    assertEquals(new Set(names.map((name) => name[0])).size, 1);
  }));

Deno.test("describe describes images and masks by the masks' values, in sub-folders too", () =>
  withFolder(async (dir) => {
    for (let i = 0; i < 6; i++) {
      await writePair(
        dir,
        `${i}`,
        pattern(4, 3),
        greyPng(labelMap(4, 3, (x) => Number(x > i % 3))),
      );
    }
    const file = join(dir, "mine.json");
    const printed = await describe(dir, "--write", file);
    assertStringIncludes(printed, "images and masks in images and masks: 6 images, 2 classes");
    const { classes, train, val } = JSON.parse(await readFile(file, "utf8"));
    assertEquals(classes.map(({ name }: { name: string }) => name), ["class 0", "class 1"]);
    assertEquals([train, val.length], [{ images: "images", labels: "masks" }, 1]);
    assertEquals((await namedFiles(file, "train")).length, 5);
    await assertRejects(() => describe(join(dir, "nothing")), RangeError, "got neither");
  }));

Deno.test("check-labels says what two splits lack, and refuses images in both", () =>
  withFolder(async (dir) => {
    for (let i = 0; i < 4; i++) {
      await writePair(
        dir,
        `${i}`,
        pattern(4, 3),
        greyPng(labelMap(4, 3, (x) => Number(x > 1 && i > 2))),
      );
    }
    const file = join(dir, "mine.json");
    const folders = { images: "images", labels: "masks" };
    const write = (val: unknown) =>
      writeFile(
        file,
        JSON.stringify({ name: "mine", classes: ["ground", "roof"], train: folders, val }),
      );
    await write(["3"]);
    assertStringIncludes(
      await check(file),
      "warning: classes in val that training lacks\n    roof",
    );
    await write(folders);
    await assertRejects(() => check(file), RangeError, "got 1 error and 0 warnings");
  }));

Deno.test("check-labels finds a tool's folder before images and annotations, and says its faults", () =>
  withFolder(async (dir) => {
    const files = ["a.png", "b.png", "c.png"];
    const square = [0, 0, 4, 0, 4, 4, 0, 4];
    const annotations = [0, 1, 2].map((id) => ({
      id,
      image_id: id,
      category_id: 1,
      segmentation: [square],
    }));
    await writeSet(dir, files.map((file) => `images/${file}`), {
      "annotations/instances_default.json": {
        images: files.map((file_name, id) => ({ id, file_name, width: 8, height: 6 })),
        annotations: [...annotations, { ...annotations[0], id: 9, segmentation: [[1, 1, 2, 2]] }],
        categories: [{ id: 1, name: "roof" }],
      },
    });
    const { message } = await assertRejects(() => check(dir), RangeError);
    assertStringIncludes(message, "got 1 error and 0 warnings");
    const printed = await check(dir, "--faulty", "skip");
    assertStringIncludes(printed, "COCO JSON: 3 images, 2 classes; train is 2");
    assertStringIncludes(printed, "annotation 9 of a.png: a polygon of 2 points");
  }));

Deno.test("check-labels names the image of an annotation, and what is in the way of opening any", () =>
  withFolder(async (dir) => {
    const write = (images: readonly unknown[], categories: readonly string[]) =>
      writeSet(dir, ["images/a.png", "images/b.png"], {
        "annotations/instances.json": {
          images,
          annotations: [{
            id: 1,
            image_id: 0,
            category_id: 1,
            segmentation: [[0, 0, 4, 0, 4, 4, 0, 4]],
          }],
          categories: categories.map((name, i) => ({ id: i + 1, name })),
        },
      });
    const entry = (name: string, id: number) => ({ id, file_name: name, width: 9, height: 6 });
    await write([entry("a.png", 0), entry("b.png", 1)], ["roof"]);
    const printed = await printedBy(() =>
      assertRejects(() => checkLabelsCommand().parseAsync([dir], { from: "user" }), RangeError)
    );
    assertStringIncludes(printed, `${join(dir, "images", "a.png")} (instances.json): the mask has`);
    await write([entry("gone.png", 0)], ["roof"]);
    await assertRejects(() => check(dir), RangeError, "got none; ");
    await assertRejects(() => check(dir), RangeError, "image 0 (gone.png): no image gone.png in");
    await write([entry("a.png", 0), entry("b.png", 1)], ["ignore"]);
    await assertRejects(() => check(dir), RangeError, "categories called so are ignored: ignore");
  }));
