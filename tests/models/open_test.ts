import { assertEquals, assertRejects } from "@std/assert";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { resizeBilinear } from "../../lib/bilinear.ts";
import { mmsegMit } from "../../lib/families/encoders/mix_transformer_checkpoints.ts";
import { toPublished } from "../../lib/checkpoints/rule.ts";
import { mmsegSegmenter } from "../../lib/families/segmenter/checkpoints.ts";
import { mmsegPup } from "../../lib/families/setr/checkpoints.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import type { SetrConfig } from "../../lib/families/setr/setr.ts";
import { declaredBy } from "../../lib/families/family.ts";
import { architectureOf, trainConfigSchema } from "../../lib/train/config.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { remedyOf } from "../../lib/remedy.ts";
import { assertOutput, type Golden, golden, goldenPath } from "../golden.ts";
import { logitsOfOpened } from "./opened_logits.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Opens tensors as a file of their own. */
async function openWritten(tensors: ReadonlyMap<string, NDArray>): Promise<OpenedModel> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "model.safetensors");
  await writeSafetensors(path, tensors);
  return await openModel(path);
}

Deno.test("openModel() gives the official logits of checkpoint.pth with its variant.yml", async () => {
  const file = await golden("segmenter_mask_small");
  const opened = await openModel(goldenPath("containers/segmenter_small/checkpoint.pth"));
  assertEquals(opened.kind, "official Segmenter");
  const config = opened.architecture.config as SegmenterConfig;
  assertEquals(config.encoder.heads, 2); // 32 channels each: only variant.yml says so
  assertEquals([opened.window, opened.stride], [64, 64]);
  assertEquals(opened.normalization.mean, [127.5, 127.5, 127.5]);
  assertEquals([...opened.report.missing, ...opened.report.misshapen], []);
  for (const size of ["", "2"]) {
    const logits = await logitsOfOpened(opened, file.tensor(`in${size}/images`));
    assertOutput(logits, file.tensor(`out${size}/logits_eval`));
  }
});

Deno.test("openModel() finds a checkpoint and its variant.yml in a folder", async () => {
  const opened = await openModel(goldenPath("containers/segmenter_small"));
  assertEquals(opened.assumed, [
    'no class names: "class 0" to "class 6"',
  ]);
});

Deno.test("openModel() takes 64 channels a head, and says so, when there is no variant.yml", async () => {
  const file = await golden("segmenter_mask");
  const opened = await openWritten(file.weights());
  assertEquals(opened.assumed.slice(0, 2), [
    "2 attention heads of 64 channels (no variant.yml)",
    "the pixel statistics of vit (no variant.yml)",
  ]);
  const logits = await logitsOfOpened(opened, file.tensor("in2/images"));
  assertOutput(logits, file.tensor("out2/logits_eval"));
});

Deno.test("openModel() gives the official logits of a distilled linear Segmenter", async () => {
  const file = await golden("segmenter_linear");
  const opened = await openWritten(file.weights());
  assertEquals(opened.normalization.mean, [123.67, 116.28, 103.53]);
  const logits = await logitsOfOpened(opened, file.tensor("in3/images"));
  assertOutput(logits, file.tensor("out3/logits_eval"));
});

/** Fills a folder as the Hugging Face hub has it. */
async function writeHubFiles(folder: string): Promise<void> {
  await copyFile(goldenPath("segformer_hub/config.json"), join(folder, "config.json"));
  const weights = (await golden("segformer")).weights();
  await writeSafetensors(join(folder, "model.safetensors"), weights);
}

Deno.test("openModel() gives transformers' logits of a folder from the hub", async () => {
  const file = await golden("segformer");
  await using folder = await temporaryFolder();
  await writeHubFiles(folder.path);
  const opened = await openModel(folder.path);
  assertEquals(opened.kind, "Hugging Face SegFormer");
  assertEquals(opened.architecture.config.classes, 6);
  assertEquals(opened.classes[5], "class_5");
  assertEquals(opened.report.unused, ["decode_head.batch_norm.num_batches_tracked"]);
  for (const size of ["", "2"]) {
    const logits = await logitsOfOpened(opened, file.tensor(`in${size}/images`));
    assertOutput(logits, file.tensor(`out${size}/logits_eval`));
  }
});

Deno.test("openModel() reads pixel statistics and size from preprocessor_config.json", async () => {
  await using folder = await temporaryFolder();
  await writeHubFiles(folder.path);
  const preprocessor = {
    image_mean: [0.5, 0.4, 0.3],
    image_std: [0.2, 0.2, 0.1],
    size: { height: 64, width: 96 },
  };
  const text = JSON.stringify(preprocessor);
  await Deno.writeTextFile(join(folder.path, "preprocessor_config.json"), text);
  const { normalization, window, stride, assumed } = await openModel(folder.path);
  assertEquals(normalization, { mean: [127.5, 102, 76.5], std: [51, 51, 25.5] });
  assertEquals([window, stride, assumed], [64, 48, []]);
});

Deno.test("openModel() gives NVlabs' layer norms to NVlabs' checkpoint, and mmcv's classes", async () => {
  const file = await golden("segformer");
  const opened = await openModel(goldenPath("segformer_nvlabs.pth"));
  assertEquals(opened.kind, "NVlabs SegFormer");
  assertEquals(opened.report.unused.toSorted(), [
    "decode_head.conv_seg.bias",
    "decode_head.conv_seg.weight",
    "decode_head.linear_fuse.bn.num_batches_tracked",
  ]);
  assertEquals(opened.classes[1], "class_1");
  assertEquals(opened.palette[1], [10, 20, 254]);
  assertEquals(opened.normalization.std, [58.395, 57.12, 57.375]);
  const { data } = file.tensor("out/masks_nvlabs_eps"); // [2, 6, 16, 24]
  const enlarged = resizeBilinear({ shape: [12, 16, 24], data }, 64, 96);
  const logits = await logitsOfOpened(opened, file.tensor("in/images"));
  assertOutput(logits, { shape: [2, 6, 64, 96], data: enlarged.data });
});

/** Logits of the first image, as the file has them. The reference's 4 heads no tensor tells. */
async function setrLogits(opened: OpenedModel, file: Golden): Promise<NDArray> {
  const { family, config: read } = opened.architecture;
  const encoder = { ...(read as SetrConfig).encoder, heads: 4 };
  const config = { ...read, encoder };
  const { shape, data } = file.tensor("in/images");
  const first = { shape: [1, ...shape.slice(1)], data: data.subarray(0, data.length / 2) };
  return await logitsOfOpened({ ...opened, architecture: { family, config } }, first);
}

for (const head of ["naive", "pup", "mla"]) {
  Deno.test(`openModel() gives the official logits of SETR's ${head} head`, async () => {
    const file = await golden(`setr_${head}`);
    const opened = await openWritten(file.weights());
    assertEquals((opened.architecture.config as SetrConfig).head, head);
    assertEquals([opened.window, opened.stride], [96, 64]);
    assertOutput(await setrLogits(opened, file), file.tensor("out/logits_eval"));
  });
}

Deno.test("openModel() gives SETR-PUP's logits of the same network in mmsegmentation", async () => {
  const file = await golden("setr_pup");
  const theirs = toPublished(mmsegPup, file.weights()).tensors;
  const opened = await openWritten(theirs);
  assertEquals(opened.kind, "mmsegmentation SETR-PUP");
  assertOutput(await setrLogits(opened, file), file.tensor("out/logits_eval"));
});

Deno.test("openModel() gives mmsegmentation's Segmenter its own eps in the encoder", async () => {
  const theirs = toPublished(mmsegSegmenter, (await golden("segmenter_mask")).weights()).tensors;
  const opened = await openWritten(theirs);
  assertEquals((opened.architecture.config as SegmenterConfig).encoder.eps, 1e-6);
  assertEquals([opened.window, opened.stride], [64, 32]);
});

Deno.test("openModel() opens what a training wrote, as its description says", async () => {
  const config = trainConfigSchema.parse({
    ...{
      variant: "SegFormer-B0",
      crop: 64,
      batch: 1,
      accumulate: 1,
      steps: 1,
      seed: 0,
      threads: 1,
    },
    ...{ optimizer: "adamw", lr: 1e-3, minLr: 0, power: 1, warmup: 0, weightDecay: 0, clip: null },
    ...{ dropPath: 0.1, decoderDropout: 0.1, scale: [1, 1], flip: false, colour: "none" },
    ...{ normalization: "deit", maxClassShare: 1, pretrained: null, stride: 48 },
    ...{ logEvery: 1, checkpointEvery: 1 },
  });
  const architecture = architectureOf(config, 2);
  const weights = new Map(
    [...declaredBy(architecture, 64).parameters].map(([name, { tensor: { shape } }]) => [
      name,
      { shape, data: new Float32Array(sizeOf(shape)) },
    ]),
  );
  await using folder = await temporaryFolder();
  const path = join(folder.path, "model.safetensors");
  const [classes, palette] = [["sky", "road"], [[1, 2, 3], [4, 5, 6]]] as const;
  await writeModel(path, { config, classes, palette, weights });
  const opened = await openModel(path);
  assertEquals(opened.kind, "Seglab SegFormer-B0");
  assertEquals([opened.classes, opened.palette], [[...classes], [...palette]]);
  assertEquals([opened.window, opened.stride, opened.assumed], [64, 48, []]);
  assertEquals([opened.architecture, opened.weights.size], [architecture, weights.size]);
});

Deno.test("openModel() is a TypeError that says what to do when it finds a backbone", async () => {
  const error = await assertRejects(() => openModel(goldenPath("augreg.npz")), TypeError);
  assertEquals(
    error.message,
    `Cannot open ${goldenPath("augreg.npz")}: a segmentation network needed, got AugReg ViT, a ` +
      "backbone without a segmentation head. It can begin a training",
  );
  assertEquals(remedyOf(error), { kind: "pretrained" });
});

Deno.test("openModel() says why mmsegmentation's SegFormer is another network", async () => {
  const { weights } = await openModel(goldenPath("segformer_nvlabs.pth"));
  const encoder = new Map(
    [...weights].filter(([name]) => name.startsWith("backbone."))
      .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
  );
  const theirs = toPublished(mmsegMit("backbone."), encoder).tensors;
  await assertRejects(
    () => openWritten(theirs),
    TypeError,
    "got mmsegmentation SegFormer, which is another network: mmsegmentation's SegFormer head has",
  );
});

Deno.test("openModel() lists what is missing or has another shape", async () => {
  const weights = (await golden("segmenter_mask")).weights();
  weights.delete("decoder.mask_norm.bias");
  weights.delete("encoder.blocks.0.norm1.bias");
  weights.delete("encoder.blocks.1.norm1.bias");
  weights.set("encoder.norm.bias", { shape: [2], data: new Float32Array(2) });
  const error = await assertRejects(() => openWritten(weights), TypeError);
  assertEquals(
    error.message.replace(/ \S+\/model/, " model"),
    `Cannot open model.safetensors: all 75 parameters of the network needed, got 71; missing:
  encoder.blocks.{0..1}.norm1.bias
  decoder.mask_norm.bias
misshapen:
  encoder.norm.bias (needs [128], got [2])`,
  );
});
