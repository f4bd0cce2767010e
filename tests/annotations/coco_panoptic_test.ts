/** COCO's panoptic format: panoptic_*2017.json with PNGs, as cocodataset.org and panopticapi write them. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { FaultyError } from "../../lib/data/sound.ts";
import { withObjects } from "../../lib/data/with_objects.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { inspect } from "../../lib/labels/inspect.ts";
import { namedData, namedFiles } from "../../lib/sets/named.ts";
import { greyRow, withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const CAR = 26 + 256 * 140 + 65536 * 201; // ids are colours
/** A PNG of ids, 8×6: sky above, grass below, two cars and void between. */
const ids = Int32Array.from({ length: 48 }, (_, i) => {
  const [x, y] = [i % 8, Math.floor(i / 8)];
  if (y < 2) return 3;
  if (y > 3) return x < 4 ? 5 : 6; // the grass in two segments
  return x < 2 ? CAR : x > 5 ? 700 : 0;
});
const pngOf = async (map: Int32Array) => {
  const data = Uint8Array.from([...map].flatMap((id) => [id & 255, id >> 8 & 255, id >> 16]));
  return await encodeImage({ width: 8, height: 6, data });
};
const segment = (id: number, category_id: number, iscrowd = 0) => {
  return { id, category_id, iscrowd, bbox: [0, 0, 1, 1], area: 1 };
};
const segments = [segment(3, 187), segment(5, 193), segment(6, 193), segment(CAR, 3)];
const categories = [
  { supercategory: "vehicle", isthing: 1, id: 3, name: "car", color: [0, 0, 142] },
  { supercategory: "sky", isthing: 0, id: 187, name: "sky-other-merged", color: [70, 130, 180] },
  { supercategory: "plant", isthing: 0, id: 193, name: "grass-merged", color: [152, 251, 152] },
];
const panoptic = (segments_info: unknown[], change: object = {}) => ({
  images: [{ id: 1, file_name: "a.png", width: 8, height: 6 }],
  annotations: [{ segments_info, file_name: "a.png", image_id: 1 }],
  categories,
  ...change,
});

/** COCO's folders with one image in both splits. */
async function write(dir: string, train: unknown, map: Uint8Array | Int32Array = ids) {
  const png = map instanceof Int32Array ? await pngOf(map) : map;
  await writeSet(dir, ["train2017/a.png", "val2017/a.png"], {
    "annotations/panoptic_train2017.json": train,
    "annotations/panoptic_train2017/a.png": png,
    "annotations/panoptic_val2017.json": panoptic([...segments, segment(700, 3, 1)]),
    "annotations/panoptic_val2017/a.png": await pngOf(ids),
  });
}

async function objectsOf(dataset: Dataset) {
  const { objects, labels } = await withObjects(dataset).example(0);
  return { objects, labels };
}

Deno.test("COCO panoptic: ids become objects, stuff one a class, void none, crowds crowds", () =>
  withFolder(async (dir) => {
    await write(dir, panoptic([...segments, segment(700, 3, 0)]));
    const data = await namedFiles(dir, "train");
    assertEquals(data.classes, ["car", "sky-other-merged", "grass-merged"]);
    assertEquals([data.things, data.palette[0]], [[true, false, false], [0, 0, 142]]);
    const { format } = data.source;
    assertEquals(format, "COCO panoptic JSON: 2 images, 3 classes; its own train split, 1 image");
    const rows = ["11111111", "00....00", "22222222"].flatMap((row) => [row, row]);
    assertEquals(await drawing(data), rows);
    const { objects } = await objectsOf(data);
    assertEquals(objects.segments, [
      { id: 3, class: 1 },
      { id: 5, class: 2 },
      { id: CAR, class: 0 },
      { id: 700, class: 0 },
    ]);
    assertEquals([...objects.data.subarray(14, 20)], [3, 3, CAR, CAR, 0, 0]);
    assertEquals([...objects.data.subarray(32, 40)], Array(8).fill(5));
    const { objects: crowd } = await objectsOf(await namedFiles(dir, "val"));
    assertEquals(crowd.segments.at(-1), { id: 700, class: 0, isCrowd: true });
    assertEquals((await namedFiles(dir, "val")).length, 1);
  }));

Deno.test("COCO panoptic: a description chooses classes, what is of things, and leaves crowds out", () =>
  withFolder(async (dir) => {
    await write(dir, panoptic([...segments, segment(700, 3, 1)]));
    await writeSet(dir, [], {
      "mine.json": {
        name: "mine",
        annotations: "annotations/panoptic_train2017.json",
        classes: [{ name: "grass-merged", thing: true }, "car"],
        crowd: "ignore",
        val: ["train2017/a"],
      },
    });
    const data = await namedData(join(dir, "mine.json"), "val");
    assertEquals(data.things, [true, true]);
    const rows = ["........", "11......", "00000000"].flatMap((row) => [row, row]);
    assertEquals(await drawing(data), rows);
    const { objects } = await objectsOf(data);
    assertEquals(objects.segments.map(({ id }) => id), [5, 6, CAR]);
  }));

Deno.test("COCO panoptic: what lacks its PNG, image or category is said, and can be left out", () =>
  withFolder(async (dir) => {
    const images = [1, 2, 3, 4, 5].map((id) => {
      return { id, file_name: id < 5 ? "a.png" : "z.png", width: 8, height: 6 };
    });
    const entry = (image_id: number, file_name: string, segments_info: unknown[]) => {
      return { image_id, file_name, segments_info };
    };
    await write(
      dir,
      panoptic([], {
        images,
        annotations: [
          entry(1, "a.png", [...segments, segment(700, 3)]),
          entry(1, "a.png", segments),
          entry(2, "b.png", segments),
          entry(3, "a.png", [segment(3, 9)]),
          entry(4, "a.png", [segment(3, 3), segment(3, 3)]),
          entry(5, "a.png", []),
          entry(8, "a.png", []),
        ],
      }),
    );
    const error = await assertRejects(() => namedFiles(dir, "train"), FaultyError);
    for (
      const text of [
        "a.png of image 1: the image has another entry",
        `b.png of image 2: no PNG b.png in ${
          join(dir, "annotations", "panoptic_train2017")
        } or beside it`,
        "a.png of image 3: segment 3: no category has the id 9",
        "a.png of image 4: segment 3 is listed twice",
      ]
    ) assertStringIncludes(error.message, text);
    const faults = error.source.faults!.map(({ text }) => text);
    assertStringIncludes(faults[4]!, "no image z.png in ");
    assertEquals(faults[5], "no image has the id 8");
    const rest = await namedData(dir, "train", undefined, { faulty: "skip" });
    assertEquals([rest.length, (await objectsOf(rest)).objects.segments.length], [1, 4]);
  }));

Deno.test("COCO panoptic: ids that the JSON lacks, grey PNGs and other sizes are refused", () =>
  withFolder(async (dir) => {
    const read = async (map: Uint8Array | Int32Array, listed = segments) => {
      await write(dir, panoptic(listed), map);
      return await objectsOf(await namedFiles(dir, "train"));
    };
    const file = join(dir, "annotations", "panoptic_train2017", "a.png");
    await assertRejects(
      () => read(ids),
      RangeError,
      `Cannot read the objects of ${file}: ids that its JSON lists needed (3, 5, 6, ${CAR}), got 700`,
    );
    await assertRejects(() => read(greyRow(1, 2)), RangeError, "got a grey or palette one");
    const small = await encodeImage({ width: 2, height: 1, data: new Uint8Array(6) });
    await assertRejects(() => read(small), RangeError, "image's 8×6 pixels needed, got 2×1");
    // An image without objects is one, and a segment without pixels is none of it.
    const { objects, labels } = await read(new Int32Array(48));
    assertEquals(objects.segments, []);
    assertEquals(new Set(labels.data), new Set([255]));
  }));

Deno.test("COCO panoptic: a category is of things or of stuff, once, and alike in all files", () =>
  withFolder(async (dir) => {
    const car = { isthing: 0, id: 4, name: "car" };
    await write(dir, panoptic(segments, { categories: [...categories, car] }));
    await assertRejects(
      () => namedFiles(dir, "train"),
      RangeError,
      'for each category needed, got "car" (4) twice, once as things and once as stuff',
    );
    const other = categories.map((one) => ({ ...one, isthing: 1 }));
    await write(dir, panoptic(segments, { categories: other }));
    await assertRejects(
      () => namedFiles(dir, "train"),
      RangeError,
      "needed (187 sky-other-merged (things), 193 grass-merged (things)), got " +
        "187 sky-other-merged (stuff), 193 grass-merged (stuff)",
    );
  }));

Deno.test("COCO panoptic: the label check counts its classes, and names a PNG with unknown ids", () =>
  withFolder(async (dir) => {
    await write(dir, panoptic([...segments, segment(700, 3)]));
    const sound = await inspect((await namedFiles(dir, "train")).source);
    assertEquals(sound.classes, [
      { files: 1, pixels: 8 },
      { files: 1, pixels: 16 },
      { files: 1, pixels: 16 },
    ]);
    assertEquals([sound.ignored, sound.outside, sound.verdicts], [8, 0, []]);
    await write(dir, panoptic(segments));
    const { verdicts } = await inspect((await namedFiles(dir, "train")).source);
    assertStringIncludes(JSON.stringify(verdicts[0]!.problems), "got 700");
  }));
