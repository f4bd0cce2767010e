/** The label check as a user meets it: a folder of one's own with mistakes in it. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkLabelsCommand } from "../../experiments/commands/check_labels.ts";
import type { Pair } from "../../lib/data/pairs.ts";
import { decodeImage } from "../../lib/images/decode.ts";
import { greyPng, labelMap, orientedPng, withFolder } from "../data/fixtures.ts";
import { sceneClasses, sceneLabels, smeared, writeScenes } from "../labels/mask_files.ts";
import { printedBy, writeTinyData } from "./tiny_data.ts";

/** What `check-labels` prints, and its error's message where it ends with one. */
async function check(...args: string[]): Promise<{ printed: string; error: string | null }> {
  let error: string | null = null;
  const printed = await printedBy(() =>
    checkLabelsCommand().parseAsync(args, { from: "user" })
      .catch(({ message }) => error = message)
  );
  return { printed, error };
}

/** Writes twenty scenes into images/ and masks/ of a folder, and their description. */
async function writeFolder(dir: string): Promise<string> {
  await writeScenes(dir, 20);
  await writeScenes(join(dir, "other"), 20, "val");
  const val = { images: "other/images", labels: "other/masks" };
  const folders = { images: "images", labels: "masks" };
  const path = join(dir, "mine.json");
  const classes = sceneClasses.map((name, i) => ({ name, colour: [20 * i, 100, 255 - 20 * i] }));
  await writeFile(path, JSON.stringify({ name: "mine", classes, train: folders, val }));
  return path;
}

async function plant(dir: string): Promise<void> {
  const mask = (name: string) => join(dir, "masks", name);
  await writeFile(mask("03.png"), greyPng(await sceneLabels(48)));
  await writeFile(mask("08.png"), greyPng(await smeared(await sceneLabels())));
  await writeFile(mask("15.png"), greyPng(labelMap(64, 64, (x, y) => x * y < 900 ? 0 : 255)));
}

/** The line below the finding of that title. */
function lineBelow(printed: string, title: string): string {
  const lines = printed.split("\n");
  const at = lines.findIndex((line) => /^[✗!·] /.test(line) && line.includes(title));
  assert(at >= 0, `no "${title}" in\n${printed}`);
  return lines[at + 1]!;
}

Deno.test("check-labels names three planted mistakes with their files, described or not", () =>
  withFolder(async (dir) => {
    const description = await writeFolder(dir);
    await plant(dir);
    for (const data of [description, dir]) {
      const { printed, error } = await check(data, "--split", "train");
      assertStringIncludes(lineBelow(printed, "error: masks of another size"), "masks/03.png: ");
      assertStringIncludes(lineBelow(printed, "warning: masks that are smeared"), "masks/08.png: ");
      assertStringIncludes(lineBelow(printed, "warning: binary masks"), "masks/15.png: ");
      assertStringIncludes(
        error!,
        `Cannot train on ${data}: needs images and labels without errors, got `,
      );
      const suspects = printed.split("most suspicious files:\n")[1]!.split("\n\n")[0]!;
      for (const line of ["03.png: of another size", "08.png: smeared", "15.png: binary"]) {
        assertStringIncludes(suspects, line);
      }
      assert(!suspects.includes("48×48"), "a finding has said so");
    }
  }));

Deno.test("check-labels gives no warning and draws the frequencies when the set is clean", () =>
  withFolder(async (dir) => {
    const description = await writeFolder(dir);
    const out = join(dir, "plots");
    const { printed, error } = await check(description, "--out", out);
    assertEquals(error, null);
    assertStringIncludes(printed, `${description}: 0 errors and 0 warnings`);
    assertStringIncludes(
      printed,
      "20 grey or palette masks; values are class numbers, ignored: 255",
    );
    assert(!/^[✗!] /m.test(printed), printed);
    for (const file of ["classes_train.png", "classes_val.svg"]) {
      assert(existsSync(join(out, file)), file);
    }
    assertStringIncludes(await readFile(join(out, "classes_train.svg"), "utf8"), ">water<");
  }));

Deno.test("check-labels prints a description that works when a folder has none", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "mine");
    await writeScenes(folder, 20);
    const { printed, error } = await check(folder);
    assertEquals(error, null);
    const json = printed.slice(printed.indexOf("\n{\n"), printed.indexOf("\n}\n") + 2);
    const description = JSON.parse(json);
    assertEquals(description.classes.length, sceneClasses.length);
    assertEquals(description.train, { images: "images", labels: "masks" });
    const path = join(folder, "mine.json");
    await writeFile(path, json);
    const described = await check(path, "--split", "train");
    assertEquals(described.error, null);
  }));

Deno.test("check-labels suggests the classes of sound masks, and nothing when there are none", () =>
  withFolder(async (dir) => {
    const smear = (pairs: readonly Pair[]) =>
      Promise.all(pairs.map(async ({ labels }) => {
        await writeFile(labels, greyPng(await smeared(await sceneLabels())));
      }));
    const pairs = await writeScenes(dir, 20);
    await smear(pairs.slice(0, 2));
    const { printed: few } = await check(dir);
    assertEquals(few.match(/"name": "class \d+"/g)?.length, sceneClasses.length);
    assert(!few.includes("[0, 0, 0]"), "black only darkens a photo");
    await smear(pairs);
    const { printed: all } = await check(dir);
    assertStringIncludes(all, "No description is suggested");
    assert(!all.includes('"classes"'), all);
  }));

Deno.test("check-labels proposes a value that one mask alone holds, and names the mask", () =>
  withFolder(async (dir) => {
    await writeScenes(dir, 20);
    const labels = await sceneLabels();
    labels.data.fill(77, 64 * 30 + 10, 64 * 30 + 18); // 0.01 % of the pixels of 20 masks
    await writeFile(join(dir, "masks", "00.png"), greyPng(labels));
    const { printed } = await check(dir);
    const line = lineBelow(printed, "warning: values that a single mask holds, in few pixels");
    assertStringIncludes(line, "masks/00.png: value 77 in 8 pixels");
    assertStringIncludes(printed, '{ "name": "class 77", ');
    assertStringIncludes(printed, '"value": 77 }');
  }));

Deno.test("check-labels pairs photos and masks of one folder, and says so where it cannot", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 4);
    const one = join(dir, "one");
    await mkdir(one);
    const classes = sceneClasses.map((name, i) => ({ name, colour: [20 * i, 100, 255 - 20 * i] }));
    const place = { images: "one", labels: "one" };
    const path = join(dir, "one.json");
    await writeFile(path, JSON.stringify({ name: "one", classes, train: place, val: 0.25 }));
    for (const { name, image, labels } of pairs) {
      await rename(image, join(one, `${name}.png`));
      await rename(labels, join(one, `${name}_mask.png`));
    }
    const { printed, error } = await check(path);
    assertEquals(error, null);
    assertStringIncludes(printed, "one/train: 3 pairs, 3 masks read");
    for (const { name } of pairs) await rm(join(one, `${name}_mask.png`));
    assertStringIncludes((await check(path)).error!, "needs two folders, or masks that are named");
  }));

Deno.test("check-labels reads the images too and ends with an error when one is cut off", () =>
  withFolder(async (dir) => {
    const description = await writeFolder(dir);
    const image = join(dir, "images", "05.png");
    await writeFile(image, (await readFile(image)).subarray(0, 1000));
    const { printed, error } = await check(description, "--split", "train");
    const line = lineBelow(printed, "error: masks or images that cannot be used");
    assertStringIncludes(line, "images/05.png: needs a readable image");
    assertStringIncludes(error!, "got 1 error and 0 warnings");
    assertStringIncludes(printed, "The most suspicious file:\n");
    assertStringIncludes(printed, "mine/train: 20 pairs, 20 masks read, ");
  }));

Deno.test("check-labels says first that val is missing and looks at train all the same", () =>
  withFolder(async (dir) => {
    await writeTinyData(dir);
    await rm(join(dir, "val"), { recursive: true });
    for (const data of [join(dir, "tiny.json"), dir]) {
      const { printed, error } = await check(data);
      assert(printed.startsWith("✗ error: Cannot open the val split of "), printed);
      assertStringIncludes(printed, "6 pairs, 6 masks read");
      assertStringIncludes(error!, "got 1 error and 0 warnings");
    }
  }));

Deno.test("check-labels lists classes that occur, and the others once", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir, ["ground", "roof", "tree", "boat"]);
    const { printed } = await check(data, "--split", "train");
    assertStringIncludes(printed, "1 of 4 classes never occurs\n    boat\n");
    assertEquals(printed.match(/boat/g)?.length, 1);
  }));

Deno.test("check-labels says that scenes has no files", async () => {
  const { printed, error } = await check("scenes");
  assertEquals(error, null);
  assertStringIncludes(printed, "there is no file to check");
});

Deno.test("check-labels lists names without partner and looks at the others", () =>
  withFolder(async (dir) => {
    const description = await writeFolder(dir);
    await plant(dir);
    await rm(join(dir, "masks", "04.png"));
    await rename(join(dir, "images", "06.png"), join(dir, "images", "six.png"));
    const { printed, error } = await check(description, "--split", "train");
    assert(error !== null);
    for (
      const text of [
        "images without mask: 2, masks without image: 1",
        "image without mask: 04",
        "image without mask: six",
        "mask without image: 06",
        "masks/03.png: the mask has 48×48",
      ]
    ) assertStringIncludes(printed, text);
  }));

Deno.test("check-labels sees a common ending when masks are named by another rule", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 4);
    for (const { name, labels } of pairs) {
      await rename(labels, join(dir, "masks", `${name}_mask.png`));
    }
    const { printed, error } = await check(dir);
    assert(error !== null);
    assertStringIncludes(printed, 'with "_mask" at the end');
  }));

Deno.test("check-labels tells the value of each class when all masks are 0 and 255", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 4);
    for (const { labels } of pairs) {
      await writeFile(labels, greyPng(labelMap(64, 64, (x, y) => x * y < 900 ? 0 : 255)));
    }
    const { printed } = await check(dir);
    assertStringIncludes(printed, '"value": 255');
    assertStringIncludes(printed, '"ignore": null');
  }));

Deno.test("check-labels names what it takes when the data is of no such kind", () =>
  withFolder(async (dir) => {
    await mkdir(join(dir, "pictures"));
    const { error } = await check(dir);
    assertStringIncludes(error!, "which holds no labels that are known");
    assertStringIncludes(
      error!,
      "of a folder with images/ and masks/ of the same names `deno task",
    );
    assertStringIncludes(
      (await check(await writeTinyData(dir), "--split", "test")).error!,
      "train",
    );
    await assertRejects(() => readFile(join(dir, "classes_train.png")));
  }));

Deno.test("check-labels says --exif where EXIF turns images alone, and does as it is told", () =>
  withFolder(async (dir) => {
    const description = await writeFolder(dir);
    const image = join(dir, "images", "03.png");
    await writeFile(image, orientedPng(await decodeImage(image), 2));
    const { printed, error } = await check(description, "--split", "train");
    const line = lineBelow(printed, "error: images that EXIF turns");
    assertStringIncludes(
      line,
      "masks/03.png: EXIF turns the image, and not the mask (orientation 2",
    );
    assertStringIncludes(error!, "got 1 error and 0 warnings (--exif apply or --exif ignore)");
    for (const exif of ["apply", "ignore"]) {
      assertEquals((await check(description, "--split", "train", "--exif", exif)).error, null);
    }
    const small = await check(description, "--split", "train", "--max-pixels", "4000");
    assertStringIncludes(small.printed, "at most 4,000 pixels needed, got 64×64");
    const both = await check(
      description,
      "--split",
      "train",
      "--exif",
      "apply",
      "--max-pixels",
      "4",
    );
    assertStringIncludes(both.error!, "0 warnings (--max-pixels 4096)");
  }));

Deno.test("check-labels names photos of a folder that are of no format that is read", () =>
  withFolder(async (dir) => {
    for (const { image, name } of await writeScenes(dir, 2)) {
      await rename(image, join(dir, "images", `${name}.bmp`));
    }
    const { error } = await check(dir);
    assertStringIncludes(error!, "got none in it but 2 files of other formats (00.bmp, 01.bmp)");
  }));

Deno.test("check-labels names masks that are no PNGs", () =>
  withFolder(async (dir) => {
    const pairs = await writeScenes(dir, 2);
    for (const { name, labels } of pairs) await rename(labels, join(dir, "masks", `${name}.tif`));
    const { printed } = await check(dir);
    assertStringIncludes(
      printed,
      "2 files of these names in it (00.tif, 01.tif) are no PNGs",
    );
  }));
