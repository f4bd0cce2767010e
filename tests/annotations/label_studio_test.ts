/** Label Studio's JSON export as version 1.13 writes it; brush strokes by thi.ng's rle-pack 3. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { FaultyError } from "../../lib/data/sound.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";
import { brushBytes } from "./brush_bytes.ts";
import { drawing, writeSet } from "./written_sets.ts";

const region = (id: string, type: string, value: unknown) => ({
  original_width: 8,
  original_height: 6,
  image_rotation: 0,
  value,
  id,
  from_name: "label",
  to_name: "image",
  type,
  origin: "manual",
});
const task = (id: number, image: string, result: readonly unknown[], more = {}) => ({
  id,
  annotations: [{
    id: 10 + id,
    completed_by: 1,
    result,
    was_cancelled: false,
    ground_truth: false,
    ...more,
  }],
  file_upload: image.split("/").at(-1),
  drafts: [],
  predictions: [],
  data: { image },
  meta: {},
  project: 1,
});
const stroke = (
  covered: (i: number) => boolean,
  pixels = 48,
) => [...brushBytes(Array.from({ length: 4 * pixels }, (_, i) => covered(i >> 2) ? 255 : 0))];

Deno.test("Label Studio: polygons in percent, rectangles and brush strokes are drawn", () =>
  withFolder(async (dir) => {
    await writeSet(dir, ["images/a.png", "images/3f9d8e2c-b.png"], {
      "project-1-at-2026-10-01.json": [
        task(1, "/data/upload/1/0f1e2d3c-a.png", [
          region("p", "polygonlabels", {
            points: [[0, 0], [50, 0], [50, 50], [0, 50]],
            closed: true,
            polygonlabels: ["roof"],
          }),
          region("b", "brushlabels", {
            format: "rle",
            rle: stroke((i) => i >= 40),
            brushlabels: ["tree"],
          }),
          region("r", "rectanglelabels", {
            x: 75,
            y: 0,
            width: 25,
            height: 50,
            rotation: 0,
            rectanglelabels: ["tree"],
          }),
          {
            value: { choices: ["sunny"] },
            id: "c",
            from_name: "w",
            to_name: "image",
            type: "choices",
          },
        ]),
        task(2, "/data/local-files/?d=photos%2F3f9d8e2c-b.png", []),
      ],
      "mine.json": {
        name: "mine",
        annotations: "project-1-at-2026-10-01.json",
        val: ["3f9d8e2c-b"],
      },
    });
    const data = await namedFiles(join(dir, "mine.json"), "train");
    assertEquals(data.classes, ["background", "roof", "tree"]);
    assertEquals(await drawing(data), [
      ...Array(3).fill("11110022"),
      "00000000",
      "00000000",
      "22222222",
    ]);
  }));

Deno.test("Label Studio: several annotations, strokes of another size and points are said", () =>
  withFolder(async (dir) => {
    const two = task(2, "/data/upload/1/b.png", []);
    await writeSet(dir, ["a.png", "b.png", "c.png", "d.png"], {
      "export.json": [
        task(1, "/data/upload/1/a.png", [
          region("b", "brushlabels", {
            format: "rle",
            rle: stroke(() => true, 12),
            brushlabels: ["x"],
          }),
          region("k", "keypointlabels", { x: 1, y: 1, width: 1, labels: ["x"] }),
          region("n", "polygonlabels", { points: [[0, 0], [9, 0], [9, 9]] }),
        ]),
        { ...two, annotations: [...two.annotations, ...two.annotations] },
        task(3, "/data/upload/1/gone.png", []),
        task(4, "/data/upload/1/c.png", []),
        task(5, "/data/upload/1/d.png", [], { was_cancelled: true }),
      ],
    });
    const both = [];
    for (const split of ["train", "val"] as const) {
      const { source } = await assertRejects(
        () => namedFiles(dir, split),
        FaultyError,
      ) as FaultyError;
      both.push(...source.faults!.map(({ entry, text }) => `${entry}: ${text}`));
    }
    assertEquals([...new Set(both)], [
      "task 2: 2 annotations of one image; mark one as ground truth",
      `task 3: no image /data/upload/1/gone.png in ${dir}`,
      "task 1, region b (x): brush strokes of 48 numbers for 8×6 pixels of 4 (192)",
      "task 1, region k (x): a keypoint has no area and is left out",
      "task 1, region n: a region without a label",
    ]);
  }));
