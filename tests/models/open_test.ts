import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { sizeOf } from "../../lib/array.ts";
import { mmsegMit } from "../../lib/families/encoders/mix_transformer_checkpoints.ts";
import { toPublished } from "../../lib/checkpoints/name_rules.ts";
import { mmsegSegmenter } from "../../lib/families/segmenter/checkpoints.ts";
import { declaredBy } from "../../lib/families/family.ts";
import { architectureOf, trainConfigSchema } from "../../lib/train/config.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { openModel } from "../../lib/models/open.ts";
import { assertOutput, ownGolden, ownPath } from "../golden.ts";
import { remedyOf } from "../../lib/remedy.ts";
import { openWritten } from "./open_written.ts";
import { logitsOfOpened } from "./opened_logits.ts";
import { temporaryFolder } from "./temporary_folder.ts";

Deno.test("openModel() finds a checkpoint and its variant.yml in a folder", async () => {
  const opened = await openModel(ownPath("containers/segmenter_small"));
  assertEquals(opened.assumed, [
    'no class names: "class 0" to "class 6"',
  ]);
});

Deno.test("openModel() takes 64 channels a head, and says so, when there is no variant.yml", async () => {
  const file = await ownGolden("segmenter_mask");
  const opened = await openWritten(file.weights());
  assertEquals(opened.assumed.slice(0, 2), [
    "2 attention heads of 64 channels (no variant.yml)",
    "the pixel statistics of vit (no variant.yml)",
  ]);
  const logits = await logitsOfOpened(opened, file.tensor("in2/images"));
  assertOutput(logits, file.tensor("out2/logits_eval"));
});

Deno.test("openModel() takes DeiT's pixel statistics when there is a distillation token", async () => {
  const opened = await openWritten((await ownGolden("segmenter_linear")).weights());
  assertEquals(opened.normalization.mean, [123.67, 116.28, 103.53]);
});

Deno.test("openModel() reads pixel statistics and size from preprocessor_config.json", async () => {
  const preprocessor = {
    image_mean: [0.5, 0.4, 0.3],
    image_std: [0.2, 0.2, 0.1],
    size: { height: 64, width: 96 },
  };
  const { normalization, window, stride, assumed } = await openWritten(
    (await ownGolden("segformer")).weights(),
    {
      "config.json": await Deno.readTextFile(ownPath("segformer_hub/config.json")),
      "preprocessor_config.json": JSON.stringify(preprocessor),
    },
  );
  assertEquals(normalization, { mean: [127.5, 102, 76.5], std: [51, 51, 25.5] });
  assertEquals([window, stride, assumed], [64, 48, []]);
});

Deno.test("openModel() overlaps the windows of mmsegmentation's Segmenter by 32 pixels", async () => {
  const weights = (await ownGolden("segmenter_mask")).weights();
  const opened = await openWritten(toPublished(mmsegSegmenter, weights).tensors);
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
  await writeModel({ config, classes, palette, weights }, path);
  const opened = await openModel(path);
  assertEquals(opened.kind, "Seglab SegFormer-B0");
  assertEquals([opened.classes, opened.palette], [[...classes], [...palette]]);
  assertEquals([opened.window, opened.stride, opened.assumed], [64, 48, []]);
  assertEquals([opened.architecture, opened.weights.size], [architecture, weights.size]);
});

Deno.test("openModel() is a TypeError that says what to do when it finds a backbone", async () => {
  const error = await assertRejects(() => openModel(ownPath("augreg.npz")), TypeError);
  assertEquals(
    error.message,
    `Cannot open ${ownPath("augreg.npz")}: a segmentation network needed, got AugReg ViT, a ` +
      "backbone without a segmentation head. It can begin a training",
  );
  assertEquals(remedyOf(error), { kind: "pretrained" });
});

Deno.test("openModel() says why mmsegmentation's SegFormer is another network", async () => {
  const { weights } = await openModel(ownPath("segformer_nvlabs.pth"));
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
  const weights = (await ownGolden("segmenter_mask")).weights();
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
