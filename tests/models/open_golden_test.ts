import { assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { resizeBilinear } from "../../lib/bilinear.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { toPublished } from "../../lib/checkpoints/name_rules.ts";
import type { VitConfig } from "../../lib/families/encoders/vit.ts";
import { type NormalizationName, normalizations } from "../../lib/families/recipe.ts";
import { mmsegSegmenter } from "../../lib/families/segmenter/checkpoints.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { mmsegPup } from "../../lib/families/setr/checkpoints.ts";
import type { SetrConfig } from "../../lib/families/setr/setr.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { segformerOf } from "../families/segformer/golden_segformer.ts";
import { segmenterOf } from "../families/segmenter/golden_segmenter.ts";
import { setrOf } from "../families/setr/golden_setr.ts";
import {
  assertOutput,
  type Golden,
  golden,
  goldenFamily,
  goldenFile,
  goldenFolder,
  goldenTest,
  type Part,
} from "../golden.ts";
import { assertSame } from "../same.ts";
import { logitsOfOpened } from "./opened_logits.ts";
import { openWritten } from "./open_written.ts";

/** The reference's logits of every size of input come out of an opened network. */
async function assertLogits(opened: OpenedModel, file: Golden): Promise<void> {
  for (const size of file.sizes()) {
    const logits = await logitsOfOpened(opened, file.tensor(`in${size}/images`));
    assertOutput(logits, file.tensor(`out${size}/logits_eval`), `logits of in${size}`);
  }
}

/** An opened network with what its checkpoint does not tell, such as the number of heads. */
function withConfig(opened: OpenedModel, changes: Readonly<Record<string, unknown>>): OpenedModel {
  const { family, config } = opened.architecture;
  return { ...opened, architecture: { family, config: { ...config, ...changes } } };
}

const expected = await golden("containers/expected");
const contained = await golden(expected.config.weights);
const folders = goldenFolder("containers")
  .map(({ name }) => ({ name, ...goldenFile(`containers/${name}/variant.yml`) }))
  .filter(({ path }) => existsSync(path));

for (const folder of folders) {
  const needs = [folder, contained];
  goldenTest(
    `openModel() gives the official logits of ${folder.name} with its variant.yml`,
    needs,
    async () => {
      const opened = await openModel(join(folder.path, ".."));
      assertEquals(opened.kind, "official Segmenter");
      const { encoder, classes } = opened.architecture.config as SegmenterConfig;
      const reference = segmenterOf(contained);
      assertEquals([encoder.heads, classes], [reference.encoder.heads, reference.classes]);
      const { normalization } = contained.config.net_kwargs;
      assertEquals(opened.normalization, normalizations[normalization as NormalizationName]);
      assertEquals([...opened.report.missing, ...opened.report.misshapen], []);
      await assertLogits(opened, contained);
    },
  );
}

for (const file of await goldenFamily("segmenter")) {
  goldenTest(`openModel() gives the official logits of ${file.file}`, file, async () => {
    const { net_kwargs } = file.config;
    const windows = { window_size: net_kwargs.image_size[0], window_stride: net_kwargs.patch_size };
    const variant = stringify({ net_kwargs, inference_kwargs: windows });
    const opened = await openWritten(file.weights(), { "variant.yml": variant });
    assertEquals([opened.window, opened.stride], Object.values(windows));
    await assertLogits(opened, file);
  });

  if (file.config.net_kwargs.decoder.name === "linear") continue;
  goldenTest(`openModel() gives mmsegmentation's ${file.file} its own eps in the encoder`, [
    file,
    told(segmenterOf(file).encoder),
  ], async () => {
    const opened = await openWritten(toPublished(mmsegSegmenter, file.weights()).tensors);
    const { encoder } = opened.architecture.config as SegmenterConfig;
    assertEquals([encoder.eps, file.config.ln_eps], [1e-6, 1e-5]);
  });
}

/** Without a file that says so, heads are of 64 channels, and position embeddings of a square grid. */
function told({ dim, imageSize: [height, width] }: VitConfig): Part {
  return { lacking: dim % 64 !== 0 || height !== width };
}

const segformer = await golden("segformer");
const hubConfig = goldenFile("segformer_hub/config.json");

goldenTest("openModel() gives transformers' logits of a folder from the hub", [
  segformer,
  hubConfig,
], async () => {
  const config = await Deno.readTextFile(hubConfig.path);
  const opened = await openWritten(segformer.weights(), { "config.json": config });
  assertEquals(opened.kind, "Hugging Face SegFormer");
  assertEquals(opened.classes, Object.values(JSON.parse(config).id2label));
  assertEquals(opened.classes.length, segformer.config.ncls);
  assertEquals(opened.report.unused, ["decode_head.batch_norm.num_batches_tracked"]);
  await assertLogits(opened, segformer);
});

for (
  const model of goldenFolder("segformer_hub").filter(({ name }) => name === "model.safetensors")
) {
  goldenTest("openModel() gives the same weights of the hub's own model.safetensors", [
    segformer,
    model,
  ], async () => {
    const opened = await openModel(goldenFile("segformer_hub").path);
    const written = await openWritten(segformer.weights());
    assertSame(opened.weights, written.weights);
  });
}

const nvlabs = goldenFile("segformer_nvlabs.pth");

goldenTest("openModel() gives NVlabs' layer norms to NVlabs' checkpoint, and mmcv's classes", [
  segformer,
  nvlabs,
], async () => {
  const opened = await openModel(nvlabs.path);
  assertEquals(opened.kind, "NVlabs SegFormer");
  assertEquals(opened.report.unused.toSorted(), [
    "decode_head.conv_seg.bias",
    "decode_head.conv_seg.weight",
    "decode_head.linear_fuse.bn.num_batches_tracked",
  ]);
  const { CLASSES, PALETTE } = (await readTensors(nvlabs.path)).meta as Record<string, unknown>;
  assertEquals<unknown>([opened.classes, opened.palette], [CLASSES, PALETTE]);
  assertEquals(opened.normalization.std, [58.395, 57.12, 57.375]);
  const { heads } = segformerOf(segformer);
  for (const size of segformer.sizes()) {
    const images = segformer.tensor(`in${size}/images`);
    const [b, , h, w] = images.shape as [number, number, number, number];
    const { data, shape } = segformer.tensor(`out${size}/masks_nvlabs_eps`);
    const [, classes, rows, columns] = shape as [number, number, number, number];
    const masks = { shape: [b * classes, rows, columns], data };
    const logits = await logitsOfOpened(withConfig(opened, { heads }), images);
    assertOutput(logits, { shape: [b, classes, h, w], data: resizeBilinear(masks, h, w).data });
  }
});

/** The logits of the first image, which is all that the file has. */
async function assertSetrLogits(opened: OpenedModel, file: Golden): Promise<void> {
  const { encoder, layers, auxiliary } = setrOf(file);
  const { shape: [b, ...shape], data } = file.tensor("in/images");
  const first = { shape: [1, ...shape], data: data.subarray(0, data.length / b!) };
  const reference = withConfig(opened, { encoder, layers, auxiliary }); // as no tensor tells
  assertOutput(await logitsOfOpened(reference, first), file.tensor("out/logits_eval"));
}

for (const file of await goldenFamily("setr")) {
  const { encoder, head } = setrOf(file);
  const [side] = encoder.imageSize;
  const needs = [file, told(encoder)];
  goldenTest(`openModel() gives the official logits of ${file.file}`, needs, async () => {
    const opened = await openWritten(file.weights());
    assertEquals(opened.kind, "official SETR");
    assertEquals((opened.architecture.config as SetrConfig).head, head);
    assertEquals([opened.window, opened.stride], [side, Math.floor(2 * side / 3)]);
    await assertSetrLogits(opened, file);
  });

  if (head !== "pup") continue;
  goldenTest(`openModel() gives the logits of ${file.file} in mmsegmentation`, needs, async () => {
    const opened = await openWritten(toPublished(mmsegPup, file.weights()).tensors);
    assertEquals(opened.kind, "mmsegmentation SETR-PUP");
    await assertSetrLogits(opened, file);
  });
}
