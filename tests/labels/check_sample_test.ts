import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { folder } from "../../lib/data/folder.ts";
import { checkSample, checkSamples } from "../../lib/labels/check_sample.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { writeTinyData } from "../commands/tiny_data.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";

/** What a check of the tiny data's train split says after something was done to its masks. */
async function saidAfter(damage: (masks: string) => Promise<void>): Promise<string> {
  const messages: string[] = [];
  await withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    await damage(join(dir, "train", "masks"));
    const onMessage = (text: string) => void messages.push(text);
    await checkSample(await folder(data, "train"), { onMessage });
  });
  return messages.join("\n");
}

Deno.test("checkSample() is silent when labels are right, and when examples are made", async () => {
  assertEquals(await saidAfter(() => Promise.resolve()), "");
  await checkSample(scenes({ seed: 1, split: "train", length: 1e9, size: 64 }));
});

Deno.test("checkSample() says a warning once and goes on", async () => {
  const ignored = greyPng(labelMap(64, 64, () => 255));
  const said = await saidAfter((masks) => writeFile(join(masks, "4.png"), ignored));
  assertEquals(said.match(/ignored in every pixel/g)?.length, 1);
  assertStringIncludes(said, "4.png: every pixel is ignored");
});

Deno.test("checkSample() stops with all errors in its own words", async () => {
  const { message } = await assertRejects(
    () =>
      saidAfter(async (masks) => {
        await writeFile(join(masks, "1.png"), greyPng(labelMap(64, 64, () => 9)));
        await writeFile(join(masks, "3.png"), greyPng(labelMap(60, 64, () => 1)));
      }),
    RangeError,
    "Cannot train on tiny/train: needs images and labels without errors, got 2 errors in a look at 6 of 6",
  );
  for (const text of ["1.png: value 9 in 4096 pixels", "3.png: the mask has 60×64"]) {
    assertStringIncludes(message, text);
  }
});

Deno.test("checkSample() stops when an image is cut off behind its header", async () => {
  await assertRejects(
    () =>
      saidAfter(async (masks) => {
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
    () => saidAfter(async (masks) => void await all(masks)),
    RangeError,
    "every pixel of every mask is ignored: there is nothing to learn",
  );
});

Deno.test("checkSamples() warns of classes that one of the splits lacks", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const said = async () => {
      const messages: string[] = [];
      const splits = [await folder(data, "train"), await folder(data, "val")] as const;
      await checkSamples(...splits, { onMessage: (text) => void messages.push(text) });
      return messages.join("\n");
    };
    assertEquals(await said(), "");
    for (const name of ["0", "1"]) {
      const roofs = greyPng(labelMap(64, 64, (x) => x < 20 ? 0 : 1));
      await writeFile(join(dir, "val", "masks", `${name}.png`), roofs);
    }
    assertStringIncludes(await said(), "warning: classes of which val has no image\n    tree\n");
    for (let i = 0; i < 6; i++) {
      const trees = greyPng(labelMap(64, 64, (x) => x < 20 ? 0 : 2));
      await writeFile(join(dir, "train", "masks", `${i}.png`), trees);
    }
    assertStringIncludes(await said(), "warning: classes in val that training lacks\n    roof\n");
  }));
