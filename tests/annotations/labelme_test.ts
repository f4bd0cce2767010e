/** Files as labelme 5.5.0 saves them (labelme/label_file.py); circles, masks and groups since 5.3. */
import { assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { FaultyError } from "../../lib/data/sound.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const shape = (label: string, shape_type: string, points: number[][], more = {}) => ({
  label,
  points,
  group_id: null,
  description: "",
  shape_type,
  flags: {},
  mask: null,
  ...more,
});
const file = (imagePath: string, shapes: readonly unknown[]) => ({
  version: "5.5.0",
  flags: {},
  shapes,
  imagePath,
  imageData: null,
  imageHeight: 6,
  imageWidth: 8,
});
const base64 = (width: number, height: number, label: (x: number, y: number) => number) =>
  Buffer.from(greyPng(labelMap(width, height, label))).toString("base64");

Deno.test("labelme: polygons, rectangles, circles and masks are drawn, points and lines left out", () =>
  withFolder(async (dir) => {
    const mask = base64(2, 2, (x, y) => x === y ? 1 : 0);
    await writeSet(dir, ["a.png", "b.png"], {
      "a.json": file("a.png", [
        shape("wall", "rectangle", [[0, 0], [4, 6]]),
        shape("door", "polygon", [[1, 1], [3, 1], [3, 3], [1, 3]]),
        shape("door", "mask", [[6, 0], [7, 1]], { mask }),
        shape("ball", "circle", [[6, 4], [6, 5.5]]),
        shape("__ignore__", "rectangle", [[0, 5], [8, 6]]),
        shape("ball", "point", [[1, 1]]),
      ]),
      "b.json": file("..\\photos\\b.png", []),
      "mine.json": { name: "mine", annotations: ".", val: ["b"] },
    });
    const data = await namedFiles(join(dir, "mine.json"), "train");
    assertEquals(data.classes, ["background", "ball", "door", "wall"]);
    assertEquals(await drawing(data), [
      "33330020",
      "32230002",
      "32230000",
      "33330110",
      "33330110",
      "........",
    ]);
    const [warning] = data.source.faults!;
    assertEquals(warning!.text, "a point has no area and is left out");
    assertEquals(warning!.severity, "warning");
    assertEquals(
      await drawing(await namedFiles(join(dir, "mine.json"), "val")),
      Array(6).fill("00000000"),
    );
  }));

Deno.test("labelme: two files of one image, a missing image and unknown shapes are refused", () =>
  withFolder(async (dir) => {
    await writeSet(dir, ["a.png", "b.png"], {
      "a.json": file("a.png", [
        shape("wall", "polygon", [[0, 0], [4, 6]]),
        shape("wall", "mask", [[0, 0], [1, 1]], { mask: base64(3, 3, () => 1) }),
        shape("wall", "cloud", [[0, 0], [4, 6]]),
        shape("wall", "rectangle", [[0, 0], [4, 6]]),
      ]),
      "a2.json": file("a.png", []),
      "b.json": file("b.png", []),
      "c.json": file("c.png", []),
    });
    const { source } = await assertRejects(
      () => namedFiles(dir, "train"),
      FaultyError,
    ) as FaultyError;
    const { source: val } = await assertRejects(
      () => namedFiles(dir, "val"),
      FaultyError,
    ) as FaultyError;
    const texts = new Set([...source.faults!, ...val.faults!].map(({ text }) => text));
    assertEquals([...texts].sort(), [
      "a mask of 3×3 pixels for 2×2 pixels between its points",
      "a polygon of 2 points",
      "a shape of the unknown type cloud",
      `no image c.png in ${dir}`,
      `the image is in ${join(dir, "a.json")} too`,
    ]);
  }));
