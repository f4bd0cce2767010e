import { assertEquals } from "@std/assert";
import { fromArrayBuffer } from "geotiff";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { georeferenceOf } from "../../lib/images/georeference.ts";
import { labelTiff } from "../../lib/images/label_tiff.ts";
import { labelMap, withFolder } from "../data/fixtures.ts";
import { GEOREFERENCE, writeTiff } from "./tiff_writer.ts";

const photo = { width: 2, height: 1, bits: 8, format: 1, colours: 2 } as const;
const samples = [1, 2, 3, 4, 5, 6];

Deno.test("labelTiff() keeps labels, colours and where a GeoTIFF lies", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.tif");
    await writeFile(path, writeTiff({ ...photo, samples, georeference: GEOREFERENCE }));
    const labels = labelMap(7, 5, (x, y) => (x + y) % 3);
    const georeference = await georeferenceOf(path);
    assertEquals(
      georeference.map(({ tag, values }) => [tag, values]),
      GEOREFERENCE.map(([tag, , values]) => [tag, values]),
    );
    const bytes = labelTiff(labels, [[255, 0, 0], [0, 255, 0], [0, 0, 255]], georeference);

    const image = await (await fromArrayBuffer(bytes.slice().buffer as ArrayBuffer)).getImage();
    assertEquals([...await image.readRasters({ interleave: true }) as Uint8Array], [
      ...labels.data,
    ]);
    assertEquals(image.getOrigin(), [500_000, 5_400_000, 0]);
    assertEquals(image.getResolution().slice(0, 2), [10, -10]);
    assertEquals(image.getGeoKeys()!.ProjectedCSTypeGeoKey, 32632);

    const { data } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    assertEquals([...data.subarray(0, 9)], [255, 0, 0, 0, 255, 0, 0, 0, 255]);
  }));

Deno.test("georeferenceOf() gives nothing when a file says nothing of it, or is turned", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.tif");
    await writeFile(path, writeTiff({ ...photo, samples }));
    assertEquals(await georeferenceOf(path), []);
    const turned = { ...photo, samples, orientation: 3, georeference: GEOREFERENCE };
    await writeFile(path, writeTiff(turned));
    assertEquals(await georeferenceOf(path), []);
    assertEquals(await georeferenceOf(join(dir, "a.png")), []);
  }));
