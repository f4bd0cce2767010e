import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkSample } from "../../lib/runs/check_sample.ts";
import { folder } from "../../lib/data/folder.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";
import { writeTinyData } from "./tiny_data.ts";

/** What a check of the tiny data's train split prints after something was done to its masks. */
async function printedAfter(damage: (masks: string) => Promise<void>): Promise<string> {
  const { error } = console;
  const lines: string[] = [];
  console.error = (...values) => void lines.push(values.join(" "));
  try {
    await withFolder(async (dir) => {
      const data = await writeTinyData(dir);
      await damage(join(dir, "train", "masks"));
      await checkSample(await folder(data, "train"));
    });
    return lines.join("\n");
  } finally {
    console.error = error;
  }
}

Deno.test("checkSample() is silent when labels are right, and when examples are made", async () => {
  assertEquals(await printedAfter(() => Promise.resolve()), "");
  await checkSample(scenes({ seed: 1, split: "train", length: 1e9, size: 64 }));
});

Deno.test("checkSample() prints a warning once and goes on", async () => {
  const ignored = greyPng(labelMap(64, 64, () => 255));
  const printed = await printedAfter((masks) => writeFile(join(masks, "4.png"), ignored));
  assertEquals(printed.match(/ignored in every pixel/g)?.length, 1);
  assertStringIncludes(printed, "4.png: every pixel is ignored");
});

Deno.test("checkSample() stops with all errors in its own words and the command to see more", async () => {
  const { message } = await assertRejects(
    () =>
      printedAfter(async (masks) => {
        await writeFile(join(masks, "1.png"), greyPng(labelMap(64, 64, () => 9)));
        await writeFile(join(masks, "3.png"), greyPng(labelMap(60, 64, () => 1)));
      }),
    RangeError,
    "Cannot train on tiny/train: needs images and labels without errors, got 2 errors in a look at 6 of 6",
  );
  for (
    const text of ["1.png: value 9 in 4096 pixels", "3.png: the mask has 60×64", "check-labels`"]
  ) {
    assertStringIncludes(message, text);
  }
});

Deno.test("checkSample() stops when an image is cut off behind its header", async () => {
  await assertRejects(
    () =>
      printedAfter(async (masks) => {
        const image = join(masks, "..", "images", "2.png");
        await writeFile(image, (await readFile(image)).subarray(0, 1000));
      }),
    RangeError,
    "images/2.png: needs a readable image",
  );
});

Deno.test("checkSample() stops when every pixel of a data set is ignored", async () => {
  const ignored = greyPng(labelMap(64, 64, () => 255));
  const all = (masks: string) =>
    Promise.all([0, 1, 2, 3, 4, 5].map((i) => writeFile(join(masks, `${i}.png`), ignored)));
  await assertRejects(
    () => printedAfter(async (masks) => void await all(masks)),
    RangeError,
    "every pixel of every mask is ignored: there is nothing to learn",
  );
});
