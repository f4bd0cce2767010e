/**
 * COCO's JSON: instances_*2017.json as cocodataset.org publishes them, masks as pycocotools 2.0.11
 * encodes them, and Roboflow's and CVAT's exports of 2026.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { FaultyError } from "../../lib/data/sound.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const image = (id: number, file_name: string) => ({
  id,
  file_name,
  width: 8,
  height: 6,
  license: 1,
  coco_url: `http://images.cocodataset.org/train2017/${file_name}`,
  date_captured: "2013-11-14 17:02:52",
});
const annotation = (id: number, category_id: number, segmentation: unknown, more = {}) => ({
  id,
  image_id: 1,
  category_id,
  segmentation,
  area: 4,
  bbox: [0, 0, 2, 2],
  iscrowd: 0,
  ...more,
});
const categories = [
  { supercategory: "vehicle", id: 3, name: "car" },
  { supercategory: "person", id: 1, name: "person" },
];
const square = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x1, y0, x1, y1, x0, y1];
const coco = (annotations: readonly unknown[], images = [image(1, "a.png")]) => ({
  info: { description: "COCO 2017 Dataset", version: "1.0", year: 2017 },
  licenses: [],
  images,
  annotations,
  categories,
});

Deno.test("COCO: polygons are united, the smaller annotation lies on top, classes follow the ids", () =>
  withFolder(async (dir) => {
    const json = coco([
      annotation(1, 1, [square(1, 1, 3, 3)]),
      annotation(2, 3, [square(0, 0, 5, 4), square(6, 4, 8, 6)]),
    ]);
    await writeSet(dir, ["train2017/a.png", "val2017/a.png"], {
      "annotations/instances_train2017.json": json,
      "annotations/instances_val2017.json": coco([]),
      "annotations/captions_train2017.json": { info: {}, images: [], annotations: [] },
    });
    const data = await namedFiles(dir, "train");
    assertEquals(data.classes, ["background", "person", "car"]);
    assertEquals(
      data.source.format,
      "COCO JSON: 2 images, 3 classes; its own train split, 1 image",
    );
    const rows = ["22222000", "21122000", "21122000", "22222000", "00000022", "00000022"];
    assertEquals(await drawing(data), rows);
    assertEquals(await drawing(await namedFiles(dir, "val")), Array(6).fill("00000000"));
    const file = join(dir, "annotations", "instances_train2017.json");
    assertEquals(
      await namedFiles(file, "train").catch((error) => error.message),
      [
        `Cannot divide ${file}: examples for both training and validation needed, got 1 and 0 of 1; `,
        "give another share, or smaller groups",
      ].join(""),
    );
  }));

Deno.test("COCO: run lengths, compressed and not, and crowds as a description says", () =>
  withFolder(async (dir) => {
    // pycocotools 2.0.11: encode() of rows 1 and 2 of columns 2 and 3 of 6 × 8
    const json = coco([
      annotation(1, 1, { size: [6, 8], counts: "=240g0" }),
      annotation(2, 3, { size: [6, 8], counts: [36, 6, 6] }, { iscrowd: 1 }),
    ], [image(1, "a.png"), image(2, "b.png")]);
    const describe = (more: unknown) => ({
      name: "mine",
      annotations: "instances_default.json",
      val: ["b"],
      ...more as Record<string, unknown>,
    });
    await writeSet(dir, ["images/a.png", "images/b.png"], {
      "instances_default.json": json,
      "mine.json": describe({}),
      "ignored.json": describe({
        crowd: "ignore",
        unlabelled: "ignore",
        classes: ["car", "person"],
      }),
    });
    const rows = (crowd: string, person: string, none: string) =>
      Array.from({ length: 6 }, (_, y) => {
        const middle = y === 1 || y === 2 ? person : none;
        return none + none + middle + middle + none + none + crowd + none;
      });
    const data = await namedFiles(join(dir, "mine.json"), "train");
    assertEquals([data.name, data.classes], ["mine/train", ["background", "person", "car"]]);
    assertEquals(await drawing(data), rows("2", "1", "0"));
    const ignored = await namedFiles(join(dir, "ignored.json"), "train");
    assertEquals(ignored.classes, ["car", "person"]);
    assertEquals(await drawing(ignored), rows(".", "1", "."));
  }));

Deno.test("COCO: Roboflow's layout with a category of nothing, and a path of another machine", () =>
  withFolder(async (dir) => {
    const part = (file_name: string) => ({
      ...coco([{ ...annotation(0, 1, [square(0, 0, 2, 2)]), image_id: 0 }], [image(0, file_name)]),
      categories: [
        { id: 0, name: "things", supercategory: "none" },
        { id: 1, name: "car", supercategory: "things" },
      ],
    });
    await writeSet(dir, ["train/a_png.rf.1f.png", "valid/b_png.rf.2e.png"], {
      "train/_annotations.coco.json": part("a_png.rf.1f.png"),
      "valid/_annotations.coco.json": part("C:\\photos\\b_png.rf.2e.png"),
    });
    const val = await namedFiles(dir, "val");
    assertEquals([val.classes, val.length], [["background", "car"], 1]);
    assertEquals((await val.example(0)).name, "b_png.rf.2e");
  }));

Deno.test("COCO: files of several folders are one set by their categories' names, whatever the ids", () =>
  withFolder(async (dir) => {
    const car = [annotation(1, 3, [square(0, 0, 2, 2)])];
    const others = {
      ...coco([annotation(1, 1, [square(0, 0, 2, 2)])], [image(1, "b.png")]),
      categories: [{ id: 1, name: "car" }, { id: 2, name: "person" }],
    };
    await writeSet(dir, ["mine/a.png", "corrected/b.png"], {
      "mine/instances_default.json": coco(car),
      "corrected/annotations.coco.json": others,
    });
    const data = await namedFiles(dir, "train");
    assertEquals(data.classes, ["background", "car", "person"]); // by the first file's ids
    assertStringIncludes(data.source.format!, "COCO JSON: 2 images");
    for (const split of ["train", "val"] as const) {
      const { labels } = await (await namedFiles(dir, split)).example(0);
      assertEquals(labels.data[0], 1); // a car, by id 3 in the one file and 1 in the other
    }
    const json = { ...others, categories: [{ id: 1, name: "lorry" }] };
    await writeSet(dir, [], { "corrected/annotations.coco.json": json });
    await assertRejects(
      () => namedFiles(dir, "train"),
      RangeError,
      "give all files the same names",
    );
  }));

Deno.test("COCO: what cannot be drawn is refused by its entry, and left out if that is asked for", () =>
  withFolder(async (dir) => {
    const json = coco([
      annotation(1, 1, [square(1, 1, 3, 3)]),
      annotation(2, 9, [square(1, 1, 3, 3)]),
      annotation(3, 1, [[1, 1, 5, 5]]),
      annotation(4, 1, [square(20, 20, 30, 30)]),
      annotation(5, 1, { size: [8, 6], counts: [48] }),
      annotation(6, 1, { size: [6, 8], counts: [40] }),
      annotation(7, 1, []),
      annotation(8, 1, [[1, 1, 5, 5, 5, 1, 1, 5]]),
      annotation(9, 1, [square(5, 3, 12, 5)]),
      { ...annotation(10, 1, [square(1, 1, 3, 3)]), image_id: 77 },
    ], [image(1, "a.png"), image(2, "b.png"), image(3, "gone.png"), image(4, "a.png")]);
    await writeSet(dir, ["a.png", "b.png"], { "instances.json": json });
    const error = await assertRejects(
      () => namedFiles(dir, "train"),
      FaultyError,
      "got 9 that cannot",
    );
    assertStringIncludes(error.message, "… 4 more\ncorrect them, or have them left out");
    const faults = error.source.faults!.map(({ entry, text, severity }) =>
      `${severity}: ${entry}: ${text}`
    );
    assertEquals(faults, [
      "error: image 3 (gone.png): no image gone.png in " + dir,
      "error: image 4 (a.png): the image is listed twice",
      "error: annotation 10: no image has the id 77",
      "error: annotation 2 of a.png: no category has the id 9",
      "error: annotation 3 of a.png: a polygon of 2 points",
      "error: annotation 4 of a.png: a polygon beside the 8×6 pixels of the image " +
      "(x 20 to 30, y 20 to 30)",
      "error: annotation 5 of a.png: run lengths of 6×8 pixels for an image of 8×6",
      "error: annotation 6 of a.png: runs of 40 pixels for 8×6 (48)",
      "error: annotation 7 of a.png: a box without an outline (no segmentation)",
      "warning: annotation 8 of a.png: a polygon that crosses itself at (3, 3)",
      "warning: annotation 9 of a.png: a polygon that reaches out of the 8×6 pixels of the image " +
      "(x 5 to 12, y 3 to 5)",
    ]);
    const places = { published: "data", base: "." };
    const data = await namedFiles(dir, "train", places, { faulty: "skip" });
    assertEquals(data.length, 1);
  }));

Deno.test("COCO: an entry of another form is named", () =>
  withFolder(async (dir) => {
    const json = coco([annotation(1, 1, [[1, "x"]])]);
    await writeSet(dir, ["a.png"], { "instances.json": json });
    await assertRejects(() => namedFiles(dir, "val"), SyntaxError, "annotations[0].segmentation");
  }));
