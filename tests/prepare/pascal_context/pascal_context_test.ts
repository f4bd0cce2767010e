/** No part of Pascal Context is at hand: its annotations are made here, in the published formats. */
import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeLabels } from "../../../lib/images/decode.ts";
import { convertContextJson } from "../../../lib/prepare/pascal_context/detail_json.ts";
import {
  CONTEXT_59,
  CONTEXT_LABELS,
  contextPngOfMat,
} from "../../../lib/prepare/pascal_context/masks.ts";
import { withFolder } from "../../data/fixtures.ts";
import { matFile, runLengths } from "../archives.ts";

Deno.test("CONTEXT_LABELS gives the 59 classes the labels of the published models", () => {
  assertEquals(CONTEXT_59.length, 59);
  assertEquals(CONTEXT_59, CONTEXT_59.toSorted((a, b) => a - b));
  // Numbers of labels.txt: aeroplane, bag, bird, person, tvmonitor, window, wood; unknown.
  const labels = [2, 9, 25, 284, 427, 454, 458, 431].map((number) => CONTEXT_LABELS[number]);
  // mmsegmentation#1940: 2008_000002, the picture of a television, has labels 0, 55 and 58.
  assertEquals(labels, [1, 2, 7, 37, 55, 58, 59, 0]);
  assertEquals([CONTEXT_LABELS.length, CONTEXT_LABELS[0]], [460, 0]);
});

async function labelsIn(dir: string, png: Uint8Array): Promise<[number, number, number[]]> {
  await writeFile(join(dir, "labels.png"), png);
  const { width, height, channels, data } = await decodeLabels(join(dir, "labels.png"));
  assertEquals(channels, 1);
  return [width, height, [...data]];
}

Deno.test("contextPngOfMat() turns the matrix and maps 459 classes to 59 and background", () =>
  withFolder(async (dir) => {
    const png = await contextPngOfMat(matFile([[0, 2, 9], [459, 427, 454]]), "x.mat");
    assertEquals(await labelsIn(dir, png), [3, 2, [0, 1, 2, 0, 55, 58]]);
  }));

Deno.test("contextPngOfMat() names the file when a value is no class or there are no pixels", async () => {
  const convert = (rows: number[][]) => () => contextPngOfMat(matFile(rows), "x.mat");
  await assertRejects(
    convert([[1, 460]]),
    RangeError,
    "Cannot convert x.mat: it needs classes from 0 to 459 in its LabelMap, got 460",
  );
  await assertRejects(convert([[]]), RangeError, "Cannot convert x.mat: it needs pixels");
});

const photo = (id: number, phase: string, width = 3, height = 2) => ({
  image_id: id,
  file_name: `${String(id).replace(/^.{4}/, "$&_")}.jpg`,
  height,
  width,
  phase,
  date_captured: "31-12-2010",
});
const region = (id: number, category: number, lengths: number[], size = [2, 3]) => ({
  id: 0,
  image_id: id,
  category_id: category,
  segmentation: { size, counts: runLengths(lengths) },
  parts: [{ part_id: 1, segmentation: { size, counts: "" } }],
});
const detail = {
  info: { description: "made" },
  annos_segmentation: [
    region(2008000003, 2, [0, 6]),
    region(2008000002, 454, [0, 4, 2]),
    region(2008000003, 427, [2, 2, 2]), // above the first
    region(2008000002, 431, [5, 1]),
    region(2008000004, 2, [0, 6]),
  ],
  annos_boundary: [{ image_id: 2008000002 }],
  images: [photo(2008000003, "val"), photo(2008000002, "train"), photo(2008000004, "test")],
};

async function convert(dir: string, value: unknown): Promise<void> {
  await writeFile(join(dir, "trainval_merged.json"), JSON.stringify(value));
  await convertContextJson(join(dir, "trainval_merged.json"), join(dir, "VOC2010"), () => {});
}

Deno.test("convertContextJson() writes masks and lists of the images for training and validation", () =>
  withFolder(async (dir) => {
    await convert(dir, detail);
    const voc = join(dir, "VOC2010");
    const masks = join(voc, "SegmentationClassContext");
    assertEquals((await readdir(masks)).sort(), ["2008_000002.png", "2008_000003.png"]);
    const labels = async (name: string) => [...(await decodeLabels(join(masks, name))).data];
    assertEquals(await labels("2008_000002.png"), [58, 58, 0, 58, 58, 0]);
    assertEquals(await labels("2008_000003.png"), [1, 55, 1, 1, 55, 1]);
    const list = (split: string) =>
      readFile(join(voc, "ImageSets", "SegmentationContext", `${split}.txt`), "utf8");
    assertEquals([await list("train"), await list("val")], ["2008_000002\n", "2008_000003\n"]);
  }));

Deno.test("convertContextJson() refuses other files and says what they lack", () =>
  withFolder(async (dir) => {
    const image = photo(2008000002, "train");
    const cases: readonly (readonly [unknown, string])[] = [
      [{ images: [], annotations: [] }, "it needs images of the phases train and val"],
      [{ images: [{ id: 1, file_name: "1.jpg" }] }, "got one with image_id: "],
      [{ images: [{ ...image, file_name: "../../x.jpg" }] }, "got one with file_name: "],
      [{ images: [image], annos_segmentation: [region(1, 460, [6])] }, "one with category_id: "],
      [
        { images: [image], annos_segmentation: [region(2008000002, 2, [6], [3, 2])] },
        "it needs regions of the image's 3×2 pixels, got one of 2×3 for 2008_000002.jpg",
      ],
      [
        { images: [image], annos_segmentation: [region(2008000002, 2, [5])] },
        `Cannot decode a region of 2008_000002.jpg in ${join(dir, "trainval_merged.json")}`,
      ],
      [{ images: [image, image] }, "it needs each image once, got 2008_000002.jpg twice"],
      [
        { images: [photo(2008000002, "train", 8192, 8192)] },
        "it needs images and regions of at most 32 pixels for each of its bytes",
      ],
    ];
    for (const [value, says] of cases) await assertRejects(() => convert(dir, value), Error, says);
    const voc = join(dir, "VOC2010");
    await mkdir(voc, { recursive: true });
    assertEquals(await readdir(voc), []);
  }));
