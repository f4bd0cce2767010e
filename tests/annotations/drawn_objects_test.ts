/** Objects of annotations whose tools draw a region for each thing. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { withObjects } from "../../lib/data/with_objects.ts";
import { labelsOf, type Objects } from "../../lib/images/objects.ts";
import { namedData } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";
import { writeSet } from "./written_sets.ts";

const square = (x0: number, y0: number, x1: number, y1: number) => [x0, y0, x1, y0, x1, y1, x0, y1];
const entry = (id: number, category_id: number, polygon: number[], more = {}) => {
  return { id, image_id: 1, category_id, segmentation: [polygon], iscrowd: 0, ...more };
};
const coco = (annotations: unknown[], categories: object[]) => ({
  images: [{ id: 1, file_name: "a.png", width: 8, height: 6 }],
  annotations,
  categories,
});
const cars = [{ id: 1, name: "car" }, { id: 2, name: "road" }];

async function read(dir: string, annotations: unknown[], more: object = {}, categories = cars) {
  await writeSet(dir, ["images/a.png"], {
    "annotations.json": coco(annotations, categories),
    "mine.json": { name: "mine", annotations: "annotations.json", val: ["a"], ...more },
  });
  const data = await namedData(join(dir, "mine.json"), "val");
  return { data, ...await withObjects(data).example(0) };
}

/** The ids of a row of pixels. */
const row = ({ width, data }: Objects, y: number) =>
  [...data.subarray(y * width, (y + 1) * width)].join("");

Deno.test("each annotation of COCO's is a thing, small ones over large ones; hidden ones are gone", () =>
  withFolder(async (dir) => {
    const { data, objects, labels } = await read(dir, [
      entry(1, 1, square(1, 1, 3, 3)),
      entry(2, 1, square(0, 0, 6, 4)),
      entry(3, 1, square(6, 4, 8, 6), { iscrowd: 1 }),
      entry(4, 2, square(1, 1, 2, 3)),
      entry(5, 2, square(2, 1, 3, 3)),
    ]);
    assertEquals(data.things, [false, true, true]); // the background is no thing
    assertEquals(objects.segments, [
      { id: 1, class: 0 },
      { id: 2, class: 1 },
      { id: 4, class: 1, isCrowd: true }, // 3, as large, lies below the roads
      { id: 5, class: 2 },
      { id: 6, class: 2 },
    ]);
    assertEquals([row(objects, 0), row(objects, 1), row(objects, 5)], [
      "22222211",
      "25622211",
      "11111144",
    ]);
    assertEquals(labelsOf(objects), labels);
  }));

Deno.test("a description and a tool say what is stuff, of which there is one object an image", () =>
  withFolder(async (dir) => {
    const roads = [
      entry(1, 2, square(0, 0, 2, 2)),
      entry(2, 2, square(4, 0, 6, 2), { iscrowd: 1 }),
    ];
    const classes = ["car", { name: "road", thing: false }];
    const { data, objects } = await read(dir, roads, { classes, unlabelled: "ignore" });
    assertEquals([data.things, objects.segments], [[true, false], [{ id: 1, class: 1 }]]);
    assertEquals(row(objects, 0), "11001100");
    const told = [{ id: 1, name: "car", isthing: 1 }, { id: 2, name: "road", isthing: 0 }];
    assertEquals((await read(dir, roads, {}, told)).data.things, [false, true, false]);
  }));

Deno.test("crowds that are ignored are no objects, and an image without objects has none", () =>
  withFolder(async (dir) => {
    const crowd = [entry(1, 1, square(0, 0, 2, 2), { iscrowd: 1 })];
    const { objects, labels } = await read(dir, crowd, { crowd: "ignore" });
    assertEquals([row(objects, 0), objects.segments], ["00111111", [{ id: 1, class: 0 }]]);
    assertEquals(labels.data[0], 255);
    const empty = await read(dir, [], { unlabelled: "ignore", classes: ["car", "road"] });
    assertEquals([empty.objects.segments, empty.objects.data.some((id) => id > 0)], [[], false]);
  }));

Deno.test("a folder's description says of all classes or of none whether they are of things", () =>
  withFolder(async (dir) => {
    const described = async (...things: (boolean | undefined)[]) => {
      const classes = things.map((thing, i) => ({ name: `c${i}`, thing }));
      const folders = { images: "images", labels: "masks" };
      await writeSet(dir, ["images/a.png"], {
        "folder.json": { name: "mine", classes, train: folders, val: folders },
        "masks/a.png": "",
      });
      return await namedData(join(dir, "folder.json"), "val");
    };
    assertEquals((await described(true, false)).things, [true, false]);
    assertEquals((await described(undefined, undefined)).things, undefined);
    await assertRejects(() => described(true, undefined), RangeError, "got none of c1");
  }));

Deno.test("labelme's and CVAT's shapes of a class and a group are one thing", () =>
  withFolder(async (dir) => {
    const shape = (label: string, x: number, group_id: number | null) => {
      return { label, group_id, points: [[x, 0], [x + 1, 6]], shape_type: "rectangle" };
    };
    const shapes = [
      ...[shape("car", 0, 4), shape("car", 2, null), shape("car", 4, 4), shape("car", 6, null)],
      shape("bus", 7, 4),
    ];
    await writeSet(join(dir, "labelme"), ["a.png", "b.png"], {
      "a.json": { imagePath: "a.png", imageWidth: 8, imageHeight: 6, shapes },
      "b.json": { imagePath: "b.png", imageWidth: 8, imageHeight: 6, shapes },
    });
    const boxes = shapes.map(({ label, group_id, points }) =>
      `<box label="${label}" xtl="${points[0]![0]}" ytl="0" xbr="${
        points[1]![0]
      }" ybr="6" z_order="0" ` +
      (group_id === null ? "/>" : `group_id="${group_id}"/>`)
    ).join("");
    const images = ["a", "b"].map((name) =>
      `<image name="${name}.png" width="8" height="6">${boxes}</image>`
    );
    await writeSet(join(dir, "cvat"), ["a.png", "b.png"], {
      "annotations.xml": `<annotations>${images.join("")}</annotations>`,
    });
    for (const tool of ["labelme", "cvat"]) {
      const data = await namedData(join(dir, tool), "train");
      const { objects } = await withObjects(data).example(0);
      const cars = objects.segments.filter((one) => data.classes[one.class] === "car");
      assertEquals([cars.length, row(objects, 0)], [3, "21312145"], tool);
    }
  }));
