import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { readStoredTensors, writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { openModel } from "../../lib/models/open.ts";
import { publish } from "../../lib/models/publish.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { withFolder } from "../data/fixtures.ts";
import { ownGolden, ownPath } from "../golden.ts";

/** transformers' labels of a drawn picture [55, 75]: tests/reference/processor.py. */
const [width, height] = [75, 55];
const { tensors: expected } = await readStoredTensors(
  new URL("../golden/own/processor.safetensors", import.meta.url).pathname,
);
const picture = {
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (x * x * 3 + y * y * 5 * (c + 1) + 11 * x * y * (c + 2)) >> 5;
  }),
};

const settings: Readonly<Record<string, object>> = {
  plain: {},
  nearest: { resample: 0 },
  lanczos: { resample: 1 },
  bicubic: { resample: 3 },
  box: { resample: 4 },
  hamming: { resample: 5 },
  noresize: { do_resize: false },
  norescale: { do_rescale: false },
  nonorm: { do_normalize: false },
  neither: { do_rescale: false, do_normalize: false },
  shortest_edge: { size: { shortest_edge: 64 } },
};

const usual = {
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
  size: { height: 48, width: 64 },
  image_processor_type: "SegformerImageProcessor",
};

/** Fills a folder as transformers does. */
async function writeHub(dir: string, processor: object, config: object = {}): Promise<void> {
  await writeSafetensors(join(dir, "model.safetensors"), (await ownGolden("segformer")).weights());
  const own = JSON.parse(await Deno.readTextFile(ownPath("segformer_hub/config.json")));
  await Deno.writeTextFile(join(dir, "config.json"), JSON.stringify({ ...own, ...config }));
  const file = join(dir, "preprocessor_config.json");
  await Deno.writeTextFile(file, JSON.stringify({ ...usual, ...processor }));
}

for (const [name, processor] of Object.entries(settings)) {
  Deno.test(`segment() gives transformers' labels when the processor's setting is ${name}`, () =>
    withFolder(async (dir) => {
      await writeHub(dir, processor);
      const model = await openPictureModel(dir, { threads: 1 });
      const { labels } = await model.segment(picture);
      const theirs = expected.get(name)!.toNumbers();
      const different = labels.data.filter((label, i) => label !== theirs[i]).length;
      assert(different <= theirs.length / 1000, `${different} of ${theirs.length} pixels differ`);
    }));
}

Deno.test("openModel() refuses settings that it does not know, by their names", () =>
  withFolder(async (dir) => {
    for (
      const [processor, config, words] of [
        [{ do_sharpen: true }, {}, "do_sharpen"],
        [{ do_center_crop: true }, {}, "do_center_crop"],
        [{ size: { longest_edge: 512 } }, {}, "size"],
        [{ resample: 9 }, {}, "resample"],
        [{}, { rotary_embeddings: true }, "rotary_embeddings"],
        [{}, { hidden_act: "relu" }, "hidden_act"],
        [{}, { strides: [4, 2, 2, 1] }, "4, 2, 2, 2"],
        [{}, { id2label: { 0: "a", 1: "b", 2: "c", 3: "d", 4: "e", 6: "g" } }, "without 5"],
        [{}, { id2label: { 0: "a", x: "b" } }, "without 1"],
      ] as const
    ) {
      await writeHub(dir, processor, config);
      await assertRejects(() => openModel(dir), SyntaxError, words);
    }
  }));

Deno.test("openModel() ignores settings by name that cannot change the classes", () =>
  withFolder(async (dir) => {
    const processor = { do_reduce_labels: true, reduce_labels: true, do_center_crop: false };
    await writeHub(dir, processor, { _name_or_path: "a", use_cache: true, drop_path_rate: 0.3 });
    assertEquals((await openModel(dir)).kind, "Hugging Face SegFormer");
  }));

Deno.test("publish() keeps how transformers showed pictures to the network", () =>
  withFolder(async (dir) => {
    for (
      const processor of [{ resample: 3 }, { do_resize: false }, { size: { shortest_edge: 70 } }]
    ) {
      await writeHub(dir, processor);
      const opened = await openModel(dir);
      const published = publish(opened);
      for (const [name, text] of Object.entries(published.files)) {
        await Deno.writeTextFile(join(dir, name), text);
      }
      await writeSafetensors(join(dir, published.file), published.tensors);
      assertEquals((await openModel(dir)).protocol, opened.protocol);
    }
  }));
