import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { rmSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeImage } from "../../lib/images/encode.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { segmentFiles } from "../../lib/segment/many.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import type { Progress } from "../../lib/progress.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { writeTiff } from "../images/tiff_writer.ts";

const checkpoint = ownPath("containers/segmenter_small/checkpoint.pth");

Deno.test("segmentFiles() writes all pictures, gives the areas in all, and says what it skips", () =>
  withFolder(async (dir) => {
    const files = ["a.png", "b.png", "c.png"].map((name) => join(dir, name));
    for (const file of [files[0]!, files[2]!]) {
      await writeFile(file, await encodeImage(pattern(64, 48)));
    }
    await writeFile(files[1]!, "no picture");
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const told: number[] = [];
    const skips: string[] = [];
    const { areas, skipped } = await segmentFiles(model, files, join(dir, "out"), {
      onProgress: ({ done, total }) => void told.push(done / total),
      onSkipped: ({ file }) => void skips.push(file),
    });
    assertEquals(told, [0, 1 / 3, 2 / 3, 1]);
    assertEquals(skips, [files[1]!]);
    assertEquals(skipped.map(({ file }) => file), skips);
    assertStringIncludes(skipped[0]!.error.message, "Cannot decode");
    assertEquals(areas.reduce((sum, { pixels }) => sum + pixels, 0), 2 * 64 * 48);
    assertEquals((await readdir(join(dir, "out"))).length, 6);
  }));

Deno.test("segmentFiles() gives each picture its own results, long names and unread formats among them", () =>
  withFolder(async (dir) => {
    const long = `${"ä".repeat(120)}.png`;
    const names = ["a.jpg", "a.png", "a_jpg.png", long];
    for (const [i, name] of names.entries()) {
      await writeFile(join(dir, name), await encodeImage(pattern(64 + i, 48)));
    }
    await writeFile(join(dir, "old.bmp"), "BM");
    await writeFile(join(dir, "._a.jpg"), "no picture");
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const run = async () => {
      const files = await listPictures([dir]);
      assertEquals(files.length, 5);
      const { skipped } = await segmentFiles(model, files, dir);
      assertEquals(skipped.map(({ file }) => file), [join(dir, "old.bmp")]);
      const there = await readdir(dir);
      assertEquals(there.length, 6 + 3 * 4);
      const jsons = there.filter((name) => name.endsWith(".json")).sort();
      const read = jsons.map((name) => readFile(join(dir, name), "utf8"));
      return (await Promise.all(read)).map((json) => JSON.parse(json).width).sort();
    };
    assertEquals(await run(), [64, 65, 66, 67]);
    assertEquals(await run(), [64, 65, 66, 67], "a second run takes no result for a picture");
  }));

Deno.test("segmentFiles() ends with an error when its folder is removed under it", () =>
  withFolder(async (dir) => {
    const files = ["a.png", "b.png", "c.png"].map((name) => join(dir, name));
    for (const file of files) await writeFile(file, await encodeImage(pattern(64, 48)));
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const out = join(dir, "out");
    const onProgress = ({ done }: Progress) => {
      if (done === 2) rmSync(out, { recursive: true });
    };
    const run = () => segmentFiles(model, files, out, { onProgress });
    await assertRejects(run, Error, "Cannot go on with the segmentation");
  }));

Deno.test("segmentFiles() writes over nothing that is not its own", () =>
  withFolder(async (dir) => {
    const file = join(dir, "a.png");
    await writeFile(file, await encodeImage(pattern(64, 48)));
    await writeFile(join(dir, "a.json"), '{"version": "5.0", "shapes": []}'); // a labelling tool's
    const model = await openPictureModel(checkpoint, { threads: 1 });
    await assertRejects(() => segmentFiles(model, [file], dir), RangeError, "which would be lost");
    assertEquals((await readdir(dir)).sort(), ["a.json", "a.png"]);
  }));

Deno.test("segmentFiles() warns once of pictures that are next to black", () =>
  withFolder(async (dir) => {
    const samples = Array.from({ length: 64 * 48 }, (_, i) => i % 4096); // 12 bits in 16
    const size = { width: 64, height: 48, bits: 16, format: 1, colours: 1 } as const;
    const files = ["a.png", "b.tif", "c.tif"].map((name) => join(dir, name));
    await writeFile(files[0]!, await encodeImage(pattern(64, 48)));
    for (const file of files.slice(1)) await writeFile(file, writeTiff({ ...size, samples }));
    const model = await openPictureModel(checkpoint, { threads: 1 });
    const warnings: string[] = [];
    await segmentFiles(model, files, join(dir, "out"), {
      onWarning: (text) => void warnings.push(text),
    });
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, `${files[1]} is next to black or uniform: its values are 0`);
  }));

Deno.test("openPictureModel() reads pictures of the most pixels that it is told", () =>
  withFolder(async (dir) => {
    const file = join(dir, "a.png");
    await writeFile(file, await encodeImage(pattern(64, 48)));
    const reads = async (maxPixels: number) =>
      (await openPictureModel(checkpoint, { threads: 1, reading: { maxPixels } })).read(file);
    await assertRejects(
      () => reads(64 * 48 - 1),
      RangeError,
      "at most 3,071 pixels needed, got 64×48",
    );
    assertEquals((await reads(64 * 48)).width, 64);
  }));
