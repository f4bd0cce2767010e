import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decode } from "fast-png";
import { paint } from "../../lib/annotations/patch.ts";
import { polygonPatch } from "../../lib/annotations/polygon.ts";
import { parseNpy } from "../../lib/checkpoints/npy.ts";
import { decodeLabels } from "../../lib/images/decode.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { segmentFiles } from "../../lib/segment/many.ts";
import { isAsWritten } from "../../lib/segment/own_json.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { type Saved, USUAL_SAVING } from "../../lib/segment/saving.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { assertSame } from "../same.ts";

const checkpoint = ownPath("containers/segmenter_small/checkpoint.pth");

interface Choice {
  readonly tolerance?: number;
  readonly minArea?: number;
  readonly flip?: boolean;
}

/** Segments the pictures of a folder into it. */
async function save(dir: string, kinds: readonly Saved[], { flip = false, ...more }: Choice = {}) {
  const saving = { ...USUAL_SAVING, saved: new Set(kinds), ...more };
  const model = await openPictureModel(checkpoint, { threads: 1, saving, flip });
  await segmentFiles(model, await listPictures([dir]), dir, {}, saving);
  return model;
}

async function writePhotos(dir: string, names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) {
    await writeFile(join(dir, name), await encodeImage(pattern(150 + i, 70)));
  }
}

const jsonOf = async (path: string) => JSON.parse(await readFile(path, "utf8"));

Deno.test("confidence, margin and probabilities are those of the classes, and of no more bits than said", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png"]);
    for (const flip of [false, true]) {
      const { classes } = await save(dir, ["masks", "confidence", "probabilities"], { flip });
      const files = ["a.json", "a.png", "a_confidence.png", "a_labels.png", "a_margin.png"];
      assertEquals((await readdir(dir)).sort(), [...files, "a_probabilities.npy"]);
      const npy = new Uint8Array(await readFile(join(dir, "a_probabilities.npy")));
      const { shape, data } = parseNpy(npy, 1e7, (needs, got) => new Error(`${needs}: ${got}`));
      assertEquals(shape, [classes.length, 70, 150]);
      const { data: labels } = await decodeLabels(join(dir, "a_labels.png"));
      const png = async (name: string) => decode(await readFile(join(dir, name)));
      const [confidence, margin] = [await png("a_confidence.png"), await png("a_margin.png")];
      assertEquals([confidence.depth, confidence.channels, confidence.width], [16, 1, 150]);
      for (let pixel = 0; pixel < 70 * 150; pixel += 7) {
        const shares = classes.map((_, c) => data[c * 70 * 150 + pixel]!);
        const [first, second] = shares.toSorted((a, b) => b - a);
        assertWithin(shares.reduce((a, b) => a + b), 1);
        assertWithin(shares[labels[pixel]!]!, first!);
        assertWithin(confidence.data[pixel]! / 65535, first!);
        assertWithin(margin.data[pixel]! / 65535, first! - second!);
      }
      assertEquals(await listPictures([dir]), [join(dir, "a.png")], "maps are no photos");
    }
  }));

/** Half precision has 11 bits. */
function assertWithin(value: number, expected: number): void {
  assert(Math.abs(value - expected) < 2e-3, `${value} and ${expected}`);
}

Deno.test("COCO and labelme files load again with the pixels that were predicted", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png", "b.png"]);
    for (const [kind, place] of [["coco", "annotations.coco.json"], ["labelme", "."]] as const) {
      for (const [tolerance, least] of [[0, 1], [0.5, 0.99]] as const) {
        const { classes } = await save(dir, ["masks", kind], { tolerance });
        const listed = kind === "coco" && classes.map((name) => ({ name }));
        await writeFile(
          join(dir, "mine.json"),
          JSON.stringify({
            name: "mine",
            annotations: place,
            ...listed && { classes: listed },
            val: ["b"],
          }),
        );
        const loaded = await namedFiles(join(dir, "mine.json"), "train");
        assertEquals(loaded.source.faults, []);
        const { labels } = await loaded.example(0);
        const { data } = await decodeLabels(join(dir, "a_labels.png"));
        const names = loaded.classes;
        const same = labels.data.reduce(
          (sum, label, i) => sum + Number(names[label] === classes[data[i]!]),
          0,
        );
        assert(same >= least * data.length, `${kind} at ${tolerance}: ${same} of ${data.length}`);
        await Deno.remove(join(dir, "mine.json"));
        await Deno.remove(join(dir, "a_labels.png"));
        await Deno.remove(join(dir, "b_labels.png"));
        if (kind === "coco") await Deno.remove(join(dir, place));
      }
    }
  }));

Deno.test("annotations.coco.json is as cocodataset.org says", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png", "b.png"]);
    const { classes } = await save(dir, ["coco"], { tolerance: 0 });
    assertEquals((await readdir(dir)).sort(), ["a.png", "annotations.coco.json", "b.png"]);
    const { images, annotations, categories } = await jsonOf(join(dir, "annotations.coco.json"));
    assertEquals(images, [
      { id: 1, file_name: "a.png", width: 150, height: 70 },
      { id: 2, file_name: "b.png", width: 151, height: 70 },
    ]);
    assertEquals(categories.map(({ id, name }: { id: number; name: string }) => [id, name]), [
      ...classes.map((name, i) => [i + 1, name]),
    ]);
    assertEquals(
      annotations.map(({ id }: { id: number }) => id),
      annotations.map((_: unknown, i: number) => i + 1),
    );
    let pixels = 0;
    for (const { segmentation, area, bbox, iscrowd, image_id } of annotations) {
      const [left, top, width, height] = bbox;
      const xs = segmentation[0].filter((_: number, i: number) => i % 2 === 0);
      assertEquals([Math.min(...xs), Math.max(...xs)], [left, left + width]);
      assert(top >= 0 && height > 0 && iscrowd === 0 && image_id <= 2);
      pixels += area;
    }
    assertEquals(pixels, 70 * (150 + 151));
  }));

Deno.test("GeoJSON holds polygons with holes, closed, in pixels", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png"]);
    const { classes } = await save(dir, ["masks", "geojson"], { tolerance: 0 });
    const { type, coordinates, features } = await jsonOf(join(dir, "a.geojson"));
    assertEquals(type, "FeatureCollection");
    assertStringIncludes(coordinates, "pixels");
    const size = { width: 150, height: 70 };
    const map = { ...size, data: new Uint8Array(150 * 70).fill(255) };
    for (const { geometry, properties } of features) {
      const [outer, ...holes] = geometry.coordinates as [number, number][][];
      for (const ring of [outer!, ...holes]) assertEquals(ring.at(-1), ring[0]);
      assertEquals(classes[properties.index], properties.class);
      const area = (ring: readonly (readonly number[])[]) =>
        polygonPatch(ring.flat(), size).bits
          .reduce((sum, bit) => sum + bit, 0);
      assertEquals(
        area(outer!) - holes.reduce((sum, hole) => sum + area(hole), 0),
        properties.area_pixels,
      );
    }
    // The largest first: what lies in a hole comes after the region with the hole.
    const order = features.toSorted((a: Feature, b: Feature) => boxOf(b) - boxOf(a));
    for (const { geometry, properties } of order) {
      paint(polygonPatch(geometry.coordinates[0].flat(), size), properties.index, map);
    }
    assertSame(map.data, (await decodeLabels(join(dir, "a_labels.png"))).data);
  }));

interface Feature {
  readonly geometry: { readonly coordinates: readonly (readonly [number, number])[][] };
}

function boxOf({ geometry: { coordinates: [outer] } }: Feature): number {
  return polygonPatch(outer!.flat(), { width: 150, height: 70 }).bits.reduce((a, b) => a + b, 0);
}

Deno.test("labels that somebody has corrected are not written over, untouched ones are", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png"]);
    const kinds = [["coco", "annotations.coco.json"], ["labelme", "a.json"], [
      "geojson",
      "a.geojson",
    ]] as const;
    for (const [kind, name] of kinds) {
      const path = join(dir, name);
      await save(dir, [kind]);
      const text = await readFile(path, "utf8");
      assert(isAsWritten(text));
      await save(dir, [kind]);
      assertEquals(await readFile(path, "utf8"), text, "a second run gives the same bytes");
      const json = JSON.parse(text);
      await writeFile(path, JSON.stringify(json, null, 2)); // as a tool saves it
      const again = save(dir, [kind]);
      await assertRejects(() => again, RangeError, `got ${path}, which would be lost`);
      await Deno.remove(path);
    }
  }));

Deno.test("a picture that is called as COCO's file is no reason to lose one of the two", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["annotations.coco.png"]);
    await assertRejects(() => save(dir, ["masks", "coco"]), RangeError, "annotations.coco.json");
    assertEquals(await readdir(dir), ["annotations.coco.png"]);
  }));

Deno.test("a segmentation that fails on the way leaves no COCO file and no partial one", () =>
  withFolder(async (dir) => {
    await writePhotos(dir, ["a.png", "b.png"]);
    const saving = { ...USUAL_SAVING, saved: new Set(["coco", "probabilities"] as const) };
    const model = await openPictureModel(checkpoint, { threads: 1, saving });
    const files = await listPictures([dir]);
    const onProgress = ({ done }: { done: number }) => {
      if (done === 1) throw new Error("stopped");
    };
    await assertRejects(
      () => segmentFiles(model, files, dir, { onProgress }, saving),
      Error,
      "stopped",
    );
    const left = (await readdir(dir)).filter((name) =>
      name.includes("coco") || name.startsWith(".")
    );
    assertEquals(left, []);
  }));
