/** A working size from training to the files of a model and to a photo of another size. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trainCommand } from "../../experiments/commands/train.ts";
import { resizeAntialiased } from "../../lib/images/antialiased.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { openModel } from "../../lib/models/open.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { trainModel } from "../../lib/runs/train_model.ts";
import { segment } from "../../lib/segment/segment.ts";
import { arrayDataset } from "../../lib/sets/arrays.ts";
import { greyPng, labelMap, withFolder, writeFiles } from "../data/fixtures.ts";
import { printedBy } from "../commands/tiny_data.ts";

/** A dark and a bright part with a slanted border. */
const labels = labelMap(64, 48, (x, y) => x + y < 50 ? 0 : 1);
const image = {
  width: 64,
  height: 48,
  data: Uint8Array.from({ length: 3 * 64 * 48 }, (_, i) => {
    return labels.data[Math.floor(i / 3)] === 0 ? 30 + i % 7 : 220 - i % 11;
  }),
};
const data = arrayDataset({
  name: "two parts",
  classes: ["dark", "bright"],
  examples: [{ image, labels }],
});
const training = { network: "Seg-T/16", data, batch: 1, steps: 6, threads: 1 } as const;

Deno.test("a model keeps the size of its training images, and sees a photo eight times as large at it", () =>
  withFolder(async (dir) => {
    const trained = await trainModel(training);
    assertEquals(trained.config.resize, 64);
    const path = join(dir, "model.safetensors");
    await writeModel(trained, path);
    const model = await openModel(path);
    assertEquals(model.protocol.resize, { to: "long side", long: 64, resampling: "bilinear" });

    const large = resizeAntialiased(image, 8 * 48, 8 * 64);
    const [small, seen] = [await segment(model, image), await segment(model, large)];
    assertEquals([seen.labels.width, seen.labels.height], [512, 384]);
    assert(new Set(small.labels.data).size === 2, "a picture of one class shows nothing");
    const same = seen.labels.data.filter((label, i) => {
      const [x, y] = [i % 512 >> 3, Math.floor(i / 512) >> 3];
      return label === small.labels.data[64 * y + x];
    });
    assert(same.length > 0.97 * seen.labels.data.length, `${same.length} pixels are the same`);
    const own = await segment(model, large, { resize: null });
    assert(own.labels.data.some((label, i) => label !== seen.labels.data[i]));
  }));

Deno.test("a working size of images that have it changes nothing of what is learned", async () => {
  const [sized, own] = [
    await trainModel(training),
    await trainModel({ ...training, resize: null }),
  ];
  assertEquals(own.config.resize, null);
  assertEquals(own.protocol.resize, { to: "own size" });
  for (const [name, { data }] of own.weights) assertEquals(sized.weights.get(name)!.data, data);
  const half = await trainModel({ ...training, resize: 32 });
  assertEquals([half.config.resize, half.config.crop], [32, 16]);
});

Deno.test("train chooses and prints a working size, and resumes a run that has none without one", () =>
  withFolder(async (dir) => {
    const files = await Promise.all(["0", "1", "2"].map(async (name) =>
      [
        [`images/${name}.png`, await encodeImage(image)],
        [`labels/${name}.png`, greyPng(labels)],
      ] as const
    ));
    await writeFiles(dir, Object.fromEntries(files.flat()));
    const description = join(dir, "parts.json");
    const folders = { images: "images", labels: "labels" };
    const text = { name: "parts", classes: ["dark", "bright"], train: folders, val: 0.3 };
    await writeFiles(dir, { "parts.json": JSON.stringify(text) });
    const train = (out: string, ...args: string[]) => {
      const run = ["--data", description, "--variant", "Seg-T/16", "--steps", "1", "--batch", "1"];
      const all = [...run, "--threads", "1", "--out", join(dir, out), ...args];
      return printedBy(() => trainCommand().parseAsync(all, { from: "user" }));
    };
    const resizeIn = async (out: string) =>
      JSON.parse(await readFile(join(dir, out, "config.json"), "utf8")).resize;
    const said = "Working size: 64 pixels on the longer side, as the images have";
    assert((await train("sized")).includes(said));
    assertEquals(await resizeIn("sized"), 64);

    await train("own", "--resize", "none");
    assertEquals(await resizeIn("own"), undefined);
    await train("own", "--resume"); // as a run of an earlier version
    await assertRejects(() => train("own", "--resume", "--resize", "32"), RangeError, "resize 32");
    await assertRejects(() => train("own", "--resize", "0"), Error, "a whole number from 1 on");
  }));
