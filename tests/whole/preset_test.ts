import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { trainCommand } from "../../experiments/commands/train.ts";
import { type Choices, presetRecipe } from "../../lib/runs/recipes.ts";
import { scaledDownOf, scaledDownTable } from "../../lib/runs/scaled_down.ts";
import { recipeOf } from "../../lib/families/recipe.ts";
import { presetOf } from "../../lib/families/registry.ts";
import { withFolder } from "../data/fixtures.ts";
import { printedBy, writeTinyData } from "../commands/tiny_data.ts";

const train = (...args: string[]) => trainCommand().parseAsync(args, { from: "user" });
const choices: Choices = {
  variant: "SegFormer-B0",
  accumulate: 1,
  checkpointEvery: 50,
  seed: 1,
  threads: 1,
};
const segformer = presetOf("segformer/ade20k");
const ade20k = { name: "ade20k", classes: Array.from({ length: 150 }, (_, i) => `${i}`) };

Deno.test("presetRecipe() is the recipe when nothing is chosen", () => {
  const config = presetRecipe(segformer, choices, 1);
  const recipe = recipeOf(segformer, "SegFormer-B0");
  for (const [key, value] of Object.entries(recipe)) {
    assertEquals(config[key as keyof typeof config], value, key);
  }
});

Deno.test("presetRecipe() divides steps and warm-up and leaves batch, crop and rate", () => {
  const config = presetRecipe(segformer, choices, 100);
  const { steps, warmup, batch, crop, lr, stride } = config;
  assertEquals([steps, warmup, batch, crop, lr, stride], [1600, 15, 16, 512, 6e-5, 512]);
});

Deno.test("presetRecipe() lets choices override, and scales what hangs on them", () => {
  const setr = presetOf("setr-pup/cityscapes"); // crop 768, stride 512, 80,000 steps, 1e-2 to 1e-4
  const chosen = { ...choices, variant: "SETR-PUP", steps: 800, crop: 192, batch: 2, lr: 5e-5 };
  const { steps, crop, stride, batch, lr, minLr } = presetRecipe(setr, chosen, 10);
  assertEquals([steps, crop, stride, batch, lr, minLr], [800, 192, 128, 2, 5e-5, 5e-5]);
  const { warmup } = presetRecipe(segformer, { ...choices, steps: 1600 }, 1);
  assertEquals(warmup, 15); // its share of the steps
});

Deno.test("scaledDownOf() names what differs, and the share of images and pixels", () => {
  const config = presetRecipe(segformer, { ...choices, crop: 256, batch: 4, accumulate: 2 }, 10);
  const { by, differs, images } = scaledDownOf(segformer, config, 10, ade20k, "mit_b0.pth");
  assertEquals(by, 10);
  assertEquals(differs.batch, { published: 16, run: 4 });
  assertEquals(differs.accumulate, { published: 1, run: 2 });
  assertEquals(differs.steps, { published: 160_000, run: 16_000 });
  const keys = ["warmup", "steps", "crop", "stride", "batch", "accumulate"];
  assertEquals(
    Object.keys(differs).sort(),
    [...keys, "begins with", "test images"].sort(),
  );
  // 160,000 · 16, and a tenth of the steps with half the images a step, a quarter of their pixels.
  assertEquals(images, { published: 2_560_000, run: 128_000, share: 0.05, pixelShare: 0.0125 });
});

Deno.test("scaledDownTable() says a variant that the recipe was not published for", () => {
  const config = presetRecipe(segformer, { ...choices, variant: "Seg-T/16" }, 1);
  const scaledDown = scaledDownOf(segformer, config, 1, ade20k, "random weights");
  assertEquals(scaledDown.images.share, 1);
  const table = scaledDownTable("segformer/ade20k", scaledDown);
  assert(/^variant +SegFormer-B0, .*SegFormer-B5 +Seg-T\/16$/m.test(table), table);
  assert(/^images seen +2,560,000 +2,560,000$/m.test(table), table);
});

Deno.test("train --preset runs a published recipe scaled down, and says and writes how", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const out = join(dir, "run");
    const preset = ["--preset", "segformer/ade20k", "--scale-down", "20000"];
    const small = ["--crop", "64", "--batch", "2", "--threads", "1"];
    const printed = await printedBy(() => train(...preset, ...small, "--data", data, "--out", out));
    for (const row of [/^steps +160,000 +8$/m, /^classes +150 +3$/m, /^crop +512 +64$/m]) {
      assert(row.test(printed), printed);
    }
    assertStringIncludes(printed, "0.00063 % of the images");
    assertStringIncludes(printed, "mIoU");

    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8"));
    assertEquals([config.variant, config.preset], ["SegFormer-B0", "segformer/ade20k"]);
    assertEquals(config.scaledDown.differs.batch, { published: 16, run: 2 });
    assertEquals([config.steps, config.lr, config.warmupRatio], [8, 6e-5, 1e-6]);
    const again = printedBy(() => train(...preset, ...small, "--data", data, "--out", out));
    await assertRejects(() => again, RangeError, "--resume leaves it as it is");
  }));

Deno.test("train says what is needed when a preset is unknown or missing", async () => {
  const out = ["--out", "nowhere"];
  const unknown = train(...out, "--preset", "segformer/camvid");
  await assertRejects(() => unknown, RangeError, 'needed, got "segformer/camvid"');
  const nothing = train(...out, "--scale-down", "10", "--data", "scenes");
  await assertRejects(() => nothing, RangeError, "--preset NAME needed, got none");
  const variant = train(...out, "--data", "scenes");
  await assertRejects(() => variant, RangeError, "--variant needed, or a --preset that has one");
});
