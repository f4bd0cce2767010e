import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import type { Image } from "../../lib/images/image.ts";
import type { ObjectKey, Objects } from "../../lib/images/objects.ts";
import {
  depthsOf,
  objectColours,
  paintedObjects,
  thickestPlaces,
} from "../../lib/report/object_marks.ts";
import { objectsPicture } from "../../lib/report/objects_picture.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { stream } from "../../lib/random.ts";
import { assertSame } from "../same.ts";

const data = scenes({ seed: 1, split: "val", length: 4, size: 96 });
const key: ObjectKey = { classes: data.classes, palette: data.palette, things: data.things! };
const [example, objects] = [await data.example(1), await data.objects!(1)];
const image = example.image as Image;

const grid = (rows: readonly string[]): Objects => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Int32Array.from(rows.join(""), Number),
  segments: [{ id: 1, class: 0 }, { id: 2, class: 1 }, { id: 3, class: 1 }],
});
const small = grid(["1111111", "1222221", "1222221", "1222221", "1222221", "1222221", "0000003"]);

Deno.test("depthsOf() counts steps to the border, as looking at every pixel does", () => {
  const random = stream("depths", 0);
  const map = grid(
    Array.from(
      { length: 12 },
      () => Array.from({ length: 15 }, () => random.uniform() < 0.92 ? 1 : 2).join(""),
    ),
  );
  const { width, height } = map;
  const at = (x: number, y: number) =>
    x < 0 || x >= width || y < 0 || y >= height ? -1 : map.data[y * width + x];
  const slow = map.data.map((id, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let r = 1;; r++) {
      for (let dy = -r; dy <= r; dy++) {
        for (let dx = -r; dx <= r; dx++) if (at(x + dx, y + dy) !== id) return r;
      }
    }
  });
  assertSame(depthsOf(map), slow);
});

Deno.test("thickestPlaces() are in the middle of an object, and none where there is no object", () => {
  const places = thickestPlaces(small);
  assertEquals([...places.keys()].sort(), [1, 2, 3]);
  assertEquals(places.get(2), { x: 3.5, y: 3.5, depth: 3 });
  assertEquals(places.get(3), { x: 6.5, y: 6.5, depth: 1 });
});

Deno.test("objectColours() are the class's for stuff, and differ for things", () => {
  const palette = [[10, 20, 30], [100, 150, 200]] as const;
  const colours = objectColours(small, palette, [false, true]);
  assertEquals([colours.get(1), colours.get(2)], [palette[0], palette[1]]);
  assertEquals(colours.get(3), [162, 192, 222]); // 0.4 of the way to white
});

Deno.test("paintedObjects() outlines things in white, thin ones in their colour, and stuff not", () => {
  const black = { width: 7, height: 7, data: new Uint8Array(3 * 49) };
  const colours = new Map([[1, [100, 0, 0]], [2, [0, 100, 0]], [3, [0, 0, 100]]] as const);
  const { data } = paintedObjects(black, small, colours, (id) => id > 1, 1);
  const pixel = (x: number, y: number) => [...data.subarray(3 * (7 * y + x), 3 * (7 * y + x) + 3)];
  assertEquals(pixel(0, 0), [45, 0, 0]);
  assertEquals(pixel(1, 1), [255, 255, 255]);
  assertEquals(pixel(3, 3), [0, 45, 0]);
  assertEquals(pixel(6, 6), [0, 0, 100]);
  assertEquals(pixel(2, 6), [0, 0, 0]);
});

Deno.test("objectsPicture() enlarges small pictures, has a legend below and repeats", async () => {
  const picture = await objectsPicture(image, objects, key);
  const { width, height } = await sharp(await picture.png()).metadata();
  assert(width === 480 && height! > 500, `${width}×${height}`);
  const again = await objectsPicture(image, objects, key);
  assertSame(await again.png(), await picture.png());
});

Deno.test("objectsPicture() writes what things are called, their ids and their scores", async () => {
  const ofScore = async (score: number) => {
    const segments = objects.segments.map((segment) => ({ ...segment, score }));
    return await (await objectsPicture(image, { ...objects, segments }, key)).png();
  };
  const [sure, unsure] = [await ofScore(0.9), await ofScore(0.5)];
  assert(sure.length !== unsure.length || sure.some((byte, i) => byte !== unsure[i]));
  const renamed = { ...key, classes: key.classes.map((name) => name === "tree" ? "<&]]>" : name) };
  await objectsPicture(image, objects, renamed);
});

Deno.test("objectsPicture() is the picture alone when there are no objects", async () => {
  const none = { width: 96, height: 96, data: new Int32Array(96 * 96), segments: [] };
  const png = await (await objectsPicture(image, none, key)).png();
  const { width, height } = await sharp(png).metadata();
  assertEquals([width, height], [480, 480]);
});

Deno.test("objectsPicture() refuses other sizes, and classes without a colour", async () => {
  const wide = { ...objects, width: 48, height: 192 };
  await assertRejects(
    () => objectsPicture(image, wide, key),
    RangeError,
    "its 96×96 pixels needed",
  );
  const few = { ...key, palette: key.palette.slice(1) };
  await assertRejects(() => objectsPicture(image, objects, few), RangeError, "got 9 and 10");
});
