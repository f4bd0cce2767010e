import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { report, type Reported, shownSteps } from "../../lib/runs/run_report.ts";
import { appendMetrics, truncateMetrics } from "../../lib/runs/run_files.ts";
import { ownRecipe } from "../../lib/runs/recipes.ts";
import { thumbnail } from "../../lib/report/thumbnail.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { trainConfigSchema } from "../../lib/train/config.ts";
import { labelMap, ownChoices, pattern, withFolder } from "../data/fixtures.ts";

const classes = ["<sky>", "road & path"];
const palette = [[0, 0, 255], [255, 0, 0]] as const;

async function reported(folder: string, changes: Partial<Reported> = {}): Promise<Reported> {
  const data = scenes({ seed: 1, split: "train", length: 4, size: 32 });
  const recipe = await ownRecipe({ ...ownChoices, crop: 32, steps: 100 }, data);
  const validate = { every: 10, images: 2 };
  const config = trainConfigSchema.parse({ ...recipe, validate, pretrained: null });
  const name = { experiment: "train", run: "mine", seed: 1 };
  return { folder, name, config, val: { name: "photos/val", classes, palette }, ...changes };
}

/** The report behind a validation whose predictions are of one class everywhere. */
async function look(folder: string, step: number, mIoU: number, label: number): Promise<string[]> {
  const said: string[] = [];
  const scores = { "val/IoU/<sky>": mIoU, "val/mIoU": mIoU, "val/loss": 1 };
  await appendMetrics(folder, { step, "train/loss": 2, lr: 0.1 });
  await appendMetrics(folder, { step, ...scores });
  const draw = (label: number) =>
    thumbnail(pattern(64, 48), labelMap(64, 48, () => label), palette);
  const images = await Promise.all(["a/b", "c"].map(async (example) => {
    return { example, truth: await draw(0), prediction: await draw(label) };
  }));
  const onMessage = (text: string) => void said.push(text);
  await report(await reported(folder, { images: { step, images }, onMessage }));
  return said;
}

const page = (folder: string) => readFile(join(folder, "report.html"), "utf8");

Deno.test("report() writes curves, classes and pictures into one file that needs no other", () =>
  withFolder(async (folder) => {
    assertEquals(await look(folder, 10, 0.25, 1), []);
    await look(folder, 20, 0.2, 0);
    const text = await page(folder);
    assertStringIncludes(text, "mIoU 25.0 % at step 10");
    assertStringIncludes(text, "<th>best, step 10</th>".replace("<th>", '<th scope="col">'));
    assertStringIncludes(text, "&lt;sky&gt;");
    assertStringIncludes(text, "road &amp; path");
    assert(!text.includes("<sky>"));
    assertEquals(text.match(/<svg/g)!.length, 3);
    assert(!/(src|href)="(?!data:)/.test(text) && !/@import|url\(h/.test(text));

    // The labels, then the predictions: all red at step 10, all blue at step 20.
    const jpegs = [...text.matchAll(/data:image\/jpeg;base64,([^"]+)/g)];
    assertEquals(jpegs.length, 6);
    const means = await Promise.all(
      jpegs.slice(0, 3).map(async ([, data]) => {
        const { channels } = await sharp(Buffer.from(data!, "base64")).stats();
        return channels[0]!.mean > channels[2]!.mean ? "red" : "blue";
      }),
    );
    assertEquals(means, ["blue", "red", "blue"]);
  }));

Deno.test("report() gives the same file where a run is stopped behind a validation and goes on", () =>
  withFolder(async (folder) => {
    const steps = [...Array(14).keys()].map((i) => 10 * (i + 1));
    for (const step of steps) await look(folder, step, step / 1000, step % 20 === 0 ? 1 : 0);
    const whole = await page(folder);
    await truncateMetrics(folder, 130); // killed behind the report, before the checkpoint
    await look(folder, 140, 0.14, 1);
    assertEquals(await page(folder), whole);
    const files = await readdir(join(folder, "report"));
    assertEquals(files.length, 2 * (1 + shownSteps(steps).length));
  }));

Deno.test("shownSteps() are 12 at most, the first and the last among them", () => {
  for (const count of [1, 2, 11, 12, 13, 24, 100, 1001]) {
    const steps = [...Array(count).keys()];
    const shown = shownSteps(steps);
    assert(shown.length <= 12 && shown[0] === 0 && shown.at(-1) === count - 1, `${count}`);
    // What is shown later is still there: what was shown before has all of it but the last.
    const before = shownSteps(steps.slice(0, -1));
    assert(shown.slice(0, -1).every((step) => before.includes(step)), `${count}`);
  }
});

Deno.test("report() warns of a file that cannot be written, and ends without an error", () =>
  withFolder(async (folder) => {
    await mkdir(join(folder, "report.html"));
    const [first] = await look(folder, 10, 0.25, 1);
    assertStringIncludes(first!, `Warning: Cannot write ${join(folder, "report.html")}: `);
    const other = join(folder, "other");
    await mkdir(other);
    await writeFile(join(other, "report"), "");
    const [second] = await look(other, 10, 0.25, 1);
    assertStringIncludes(second!, `Warning: Cannot write ${join(other, "report")}`);
    assert(!existsSync(join(other, "report.html")));
  }));

Deno.test("thumbnail() is small whatever the image, and never enlarged", async () => {
  const sizeOf = async (width: number, height: number) => {
    const jpeg = await thumbnail(pattern(width, height), labelMap(width, height, () => 0), palette);
    const { width: w, height: h } = await sharp(jpeg).metadata();
    return [w, h];
  };
  assertEquals(await sizeOf(960, 640), [192, 128]);
  assertEquals(await sizeOf(2, 900), [1, 192]);
  assertEquals(await sizeOf(30, 20), [30, 20]);
});
