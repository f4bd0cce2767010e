/** The browser's part of the library on Node's platform; tests/whole/train_page_test.ts has it in a browser. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openModel as openHere } from "../../lib/models/open.ts";
import * as web from "../../lib/mod_web.ts";
import { segment as segmentHere } from "../../lib/segment/segment.ts";
import { withFolder } from "../data/fixtures.ts";
import { kept } from "../site/built.ts";

const bytes = await readFile(join(kept, "model.safetensors"));
const from = web.openModel(bytes);
const scene = await web.scenes({ seed: 1, split: "train", length: 1, size: 96 }).example(0);
const sky = 0;
const labels = scene.labels.data.map((label) => label === sky ? 0 : 1);
const data = web.arrayDataset({
  classes: ["sky", "rest"],
  examples: [{ image: scene.image, labels: { ...scene.labels, data: labels } }],
});
const brief = { from, data, steps: 4, crop: 64, batch: 1, threads: 1, freeze: 4 };

Deno.test("openModel() opens the bytes of a model.safetensors as the file is opened", async () => {
  const { report, ...opened } = await openHere(kept);
  assertEquals(from.hash.length, 64);
  assertEquals({ ...from, report: {}, hash: "" }, { ...opened, report: {}, hash: "" });
  assertEquals(from.report.loaded, report.loaded);
});

Deno.test("openModel() says what it needs when bytes are none of Seglab's model", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    ["model.safetensors", "the bytes (Uint8Array) of a model.safetensors needed, got 'model.saf"],
    [new Uint8Array(4), "the 8 bytes of the header's length, got 4"],
    [bytes.subarray(0, bytes.length - 4), "within its"],
    [new TextEncoder().encode("\x02\0\0\0\0\0\0\0{}"), "that Seglab trained needed"],
  ];
  for (const [value, message] of wrong) {
    assertThrows(() => web.openModel(value as Uint8Array, "mine"), Error, message);
  }
});

Deno.test("trainModel() trains a network on, whose bytes are opened everywhere", () =>
  withFolder(async (dir) => {
    const losses: number[] = [];
    const looks: number[] = [];
    const trained = await web.trainModel({
      ...brief,
      lookEvery: 2,
      onStep: ({ loss }) => void losses.push(loss),
      onLook: async (step, learning) => {
        looks.push(step);
        const { labels } = await web.segment(learning, scene.image, { threads: 1 });
        assertEquals(labels.data.length, 96 * 96);
        return false;
      },
    });
    assertEquals([losses.length, looks], [4, [2, 4]]);
    assertEquals(trained.config.pretrained, from.hash);
    const frozen = "encoder.blocks.3.attn.qkv.weight";
    const learns = "encoder.blocks.4.attn.qkv.weight";
    assertEquals(trained.weights.get(frozen)!.data, from.weights.get(frozen)!.data);
    assert(trained.weights.get(learns)!.data[0] !== from.weights.get(learns)!.data[0]);

    const path = join(dir, "model.safetensors");
    await writeFile(path, web.modelBytes(trained));
    const opened = await openHere(path);
    assertEquals(opened.classes, ["sky", "rest"]);
    assertEquals(
      (await segmentHere(opened, scene.image, { threads: 1 })).labels,
      (await web.segment(trained, scene.image, { threads: 1 })).labels,
    );
    assertEquals(web.openModel(web.modelBytes(trained)).hash, trained.hash);
  }));

Deno.test("trainModel() ends where a look says so", async () => {
  let last = 0;
  await web.trainModel({
    ...brief,
    lookEvery: 1,
    onStep: ({ step }) => void (last = step),
    onLook: (step) => Promise.resolve(step === 2),
  });
  assertEquals(last, 2);
});

Deno.test("trainModel() says what it needs when an option is wrong", async () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ from: {} }, "needs a model, as openModel or trainModel gives it"],
    [{ steps: 0 }, "steps"],
    [{ colours: "none" }, "colours"],
    [{ data: {} }, "a data set { name, classes, palette, length, example } needed"],
    [{ freeze: 9 }, "Cannot freeze 9 blocks"],
  ];
  for (const [change, message] of wrong) {
    const options = { ...brief, ...change } as unknown as web.WebTrainOptions;
    await assertRejects(() => web.trainModel(options), Error, message);
  }
});
