import { assert, assertEquals, assertRejects } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, decodeLabels } from "../../lib/images/decode.ts";
import { requireFree, stemsIn, writeSegmentation } from "../../lib/segment/outputs.ts";
import { USUAL_SAVING } from "../../lib/segment/saving.ts";
import { Segmentation } from "../../lib/segment/segmentation.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { labelMap, pattern, withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

/** A picture of two classes: 3 of 12 columns are the second. */
const segmentation = new Segmentation(
  pattern(12, 10),
  {
    labels: labelMap(12, 10, (x) => x < 3 ? 1 : 0),
    pixels: Float64Array.of(90, 30, 0),
    confidence: Float64Array.of(45, 27, 0),
  },
  { classes: ["sky", "road", "sea"], palette: [[250, 0, 0], [0, 250, 0], [0, 0, 250]] },
);

Deno.test("writeSegmentation() writes an overlay with a legend, indexed labels and JSON", () =>
  withFolder(async (dir) => {
    const stem = join(dir, "sub", "photo");
    await writeSegmentation(stem, "photos/photo.jpg", segmentation, [], USUAL_SAVING);
    const { labels } = segmentation;
    assertSame(await decodeLabels(`${stem}_labels.png`), { ...labels, channels: 1 });
    assertEquals(JSON.parse(await readFile(`${stem}.json`, "utf8")), {
      file: "photos/photo.jpg",
      width: 12,
      height: 10,
      classes: [
        { index: 0, name: "sky", pixels: 90, share: 0.75, confidence: 0.5 },
        { index: 1, name: "road", pixels: 30, share: 0.25, confidence: 0.9 },
      ],
    });
    const { width, height, data } = await decodeImage(`${stem}_overlay.png`);
    assertEquals(width, 240); // so that the legend has room
    assert(height > 10 + 14, "a legend stands below");
    const at = (x: number, y: number) => [...data.subarray(3 * (y * width + x)).subarray(0, 3)];
    assertEquals(at(0, 0), [0, 176, 101]); // half of (0, 101, 202) and half of green
    assertEquals(at(100, 0), [255, 255, 255]);
  }));

Deno.test("a segmentation shows itself in a notebook as a picture", async () => {
  const shown = segmentation as unknown as Record<symbol, () => Promise<Record<string, string>>>;
  const { "image/jpeg": jpeg = "" } = await shown[Symbol.for("Jupyter.display")]!();
  assert(jpeg.startsWith("/9j/")); // JPEG's first bytes in base64
});

Deno.test("overlay() is reduced when a side is longer than asked", async () => {
  await withFolder(async (dir) => {
    const image = pattern(1000, 500);
    const labels = labelMap(1000, 500, (x) => x < 500 ? 0 : 1);
    const half = Float64Array.of(250_000, 250_000);
    const classified = { labels, pixels: half, confidence: half };
    const key = { classes: ["sky", "road"], palette: [[0, 0, 0], [0, 0, 0]] as const };
    const picture = await new Segmentation(image, classified, key).overlay(300);
    await picture.save(join(dir, "a.png"));
    assertEquals((await decodeImage(join(dir, "a.png"))).width, 300);
  });
});

Deno.test("stemsIn() keeps folders below the common one and tells equal names apart", () => {
  const stems = (...files: string[]) => stemsIn("/out", files);
  assertEquals(stems("/a/b/x.jpg"), ["/out/x"]);
  assertEquals(stems("/a/b/x.jpg", "/a/b/y.jpg"), ["/out/x", "/out/y"]);
  assertEquals(stems("/a/b/x.jpg", "/a/c/x.jpg", "/a/y.png"), ["/out/b/x", "/out/c/x", "/out/y"]);
  assertEquals(stems("/a/x.jpg", "/a/x.png", "/ab/x.png"), [
    "/out/a/x_jpg",
    "/out/a/x_png",
    "/out/ab/x",
  ]);
});

Deno.test("stemsIn() gives each file a stem of its own, whatever their names", () => {
  const stems = (...files: string[]) => stemsIn("/out", files.map((file) => `/a/${file}`));
  assertEquals(stems("a.jpg", "a.png", "a_jpg.png"), ["/out/a_jpg_2", "/out/a_png", "/out/a_jpg"]);
  assertEquals(stems("A.jpg", "a.jpg"), ["/out/A_jpg", "/out/a_jpg_2"], "one name on many disks");
  assertEquals(new Set(stems("é.jpg", "é.jpg".normalize("NFD")).map((x) => x.normalize())).size, 2);
  const long = ["x", "y"].map((end) => "ä".repeat(126) + end);
  const [first, second] = stems(...long.map((name) => `${name}.p`));
  assert(first !== second, "names that begin alike");
  assert(new TextEncoder().encode(`${first}_overlay.png`).length < 255 - 30, first);
  assert(!first!.includes("\ufffd"), "cut between two characters");
});

Deno.test("requireFree() takes earlier results for free and files of others not", () =>
  withFolder(async (dir) => {
    const stem = (name: string) => join(dir, name);
    await writeSegmentation(stem("done"), "photo.jpg", segmentation, [], USUAL_SAVING);
    await requireFree(dir, [stem("done"), stem("new")], USUAL_SAVING);
    await writeFile(stem("mine.json"), '{"version": "5.0", "shapes": []}');
    await writeFile(stem("photo_labels.png"), "");
    for (const [name, file] of [["mine", "mine.json"], ["photo", "photo_labels.png"]] as const) {
      const text = `Cannot write results: names that are free or an earlier result's needed, got ${
        stem(file)
      }`;
      const free = () => requireFree(dir, [stem("done"), stem(name)], USUAL_SAVING);
      await assertRejects(free, RangeError, text);
    }
  }));

Deno.test("makeWritable() is an error when a file is where the folder shall be", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "file"), "");
    for (const folder of [join(dir, "file"), join(dir, "file", "out")]) {
      await assertRejects(() => makeWritable(folder), RangeError, `Cannot write to ${folder}`);
    }
    await makeWritable(join(dir, "a", "b"));
  }));
