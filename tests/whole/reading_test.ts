import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { evaluateCommand } from "../../experiments/commands/evaluate.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { trainCommand } from "../../experiments/commands/train.ts";
import { decodeImage, imageSize } from "../../lib/images/decode.ts";
import { openModel } from "../../lib/models/open.ts";
import { orientedPng, pattern, withFolder } from "../data/fixtures.ts";
import { printedBy, tinyTraining, writeTinyData } from "../commands/tiny_data.ts";

const run = (command: typeof trainCommand, ...args: string[]) =>
  printedBy(() => command().parseAsync(args, { from: "user" }));

Deno.test("a training's way of reading is its model's: evaluate, segment and --resume keep to it", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    for (const split of ["train", "val"]) {
      const file = join(dir, split, "images", "1.png");
      await writeFile(file, orientedPng(await decodeImage(file), 3)); // and its mask has none
    }
    const out = join(dir, "run");
    const limit = ["--max-pixels", "5000"];
    const options = [
      ...tinyTraining,
      "--data",
      data,
      "--steps",
      "1",
      "--threads",
      "1",
      "--out",
      out,
    ];
    const training = () => run(trainCommand, ...options, "--resume");
    await assertRejects(training, RangeError, "(--exif apply or --exif ignore)");
    await run(trainCommand, ...options, "--exif", "ignore", ...limit);
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    assertEquals([config.exif, config.maxPixels], ["ignore", 5000]);
    assertEquals((await openModel(out)).reading, { exif: "ignore", maxPixels: 5000 });
    await training();
    await assertRejects(
      () => run(trainCommand, ...options, "--resume", "--exif", "apply"),
      RangeError,
      "got exif apply in place of ignore; give the same --exif as before",
    );
    await run(trainCommand, ...options, "--resume", "--max-pixels", "6000"); // changes no result

    const evaluation = [out, "--data", data, "--threads", "1"];
    const same = await run(evaluateCommand, ...evaluation);
    assertStringIncludes(same, "EXIF's orientation: ignore (as in the model's training)");
    const other = await run(evaluateCommand, ...evaluation, "--exif", "apply");
    assertStringIncludes(other, "EXIF's orientation: apply (in the model's training: ignore)");

    const photo = join(dir, "photo.png");
    await writeFile(photo, orientedPng(pattern(64, 48), 6));
    const labels = join(dir, "seen", "photo_labels.png");
    const picture = [photo, "--model", out, "--threads", "1", "--out", join(dir, "seen")];
    const stored = await run(segmentCommand, ...picture);
    assertStringIncludes(stored, "EXIF's orientation: ignore (as in the model's training)");
    assertEquals(await imageSize(labels), { width: 64, height: 48 });
    await run(segmentCommand, ...picture, "--exif", "apply");
    assertEquals(await imageSize(labels), { width: 48, height: 64 });
  }));

Deno.test("a training that says nothing of reading has nothing of it in its config", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    await run(trainCommand, ...tinyTraining, "--data", data, "--steps", "1", "--out", out);
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    assertEquals(["exif", "maxPixels"].filter((key) => key in config), []);
    assertEquals((await openModel(out)).reading, {});
    const evaluated = await run(evaluateCommand, out, "--data", data, "--threads", "1");
    assertEquals(evaluated.includes("EXIF"), false);
  }));
