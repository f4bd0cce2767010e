import { assert, assertEquals } from "@std/assert";
import sharp from "sharp";
import type { Image } from "../../lib/images/image.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { ObjectSegmentation } from "../../lib/segment/object_segmentation.ts";

const data = scenes({ seed: 1, split: "val", length: 2, size: 600 });
const key = { classes: data.classes, palette: data.palette, things: data.things! };
const objects = await data.objects!(1);
const segments = objects.segments.map((segment) => ({ ...segment, score: 1 / segment.id }));
const image = (await data.example(1)).image as Image;
const segmentation = new ObjectSegmentation(image, { ...objects, segments }, key);

Deno.test("ObjectSegmentation lists its objects, the largest first", () => {
  const { areas } = segmentation;
  assertEquals(areas.length, segments.length);
  assert(areas.every((area, i) => i === 0 || area.pixels <= areas[i - 1]!.pixels));
  assertEquals(areas.reduce((sum, { pixels }) => sum + pixels, 0), 600 * 600);
  for (const { id, name, thing, index, score, share, pixels } of areas) {
    assertEquals([name, thing], [key.classes[index], key.things[index]]);
    assertEquals([score, share], [1 / id, pixels / 360_000]);
  }
  const { width, height, objects } = JSON.parse(JSON.stringify(segmentation));
  assertEquals([width, height, objects[0].id], [600, 600, areas[0]!.id]);
});

Deno.test("overlay() is reduced where a side would be longer, and a notebook shows it", async () => {
  const sizeOf = async (longest?: number) => {
    const { width } = await sharp(await (await segmentation.overlay(longest)).png()).metadata();
    return width;
  };
  assertEquals([await sizeOf(), await sizeOf(500)], [600, 500]);
  const shown = segmentation as unknown as Record<symbol, () => Promise<Record<string, string>>>;
  const jpeg = (await shown[Symbol.for("Jupyter.display")]!())["image/jpeg"]!;
  assertEquals((await sharp(Uint8Array.fromBase64(jpeg)).metadata()).format, "jpeg");
});

Deno.test("idPng() has the ids of the objects", async () => {
  const { data } = await sharp(await segmentation.idPng()).raw()
    .toBuffer({ resolveWithObject: true });
  const wrong = objects.data.findIndex((id, i) => {
    return id !== data[3 * i]! + 256 * data[3 * i + 1]! + 65536 * data[3 * i + 2]!;
  });
  assertEquals(wrong, -1);
});
