import { assertEquals, assertStringIncludes } from "@std/assert";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeImage } from "../../lib/images/encode.ts";
import { segmentFiles } from "../../lib/segment/many.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

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
