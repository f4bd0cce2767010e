import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { variantOf } from "../../lib/families/registry.ts";
import type { Published } from "../../lib/families/family.ts";
import { publish } from "../../lib/models/publish.ts";
import { segformerOf } from "../families/segformer/golden_segformer.ts";
import { assertOutput, golden, goldenFile, goldenTest, ownGolden, ownPath } from "../golden.ts";
import { assertSame } from "../same.ts";
import { logitsOfOpened } from "./opened_logits.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Opens what was published as a folder of its own. */
async function openPublished({ tensors, file, files }: Published): Promise<OpenedModel> {
  await using folder = await temporaryFolder();
  await writeSafetensors(join(folder.path, file), tensors);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder.path, name), text);
  }
  return await openModel(folder.path);
}

const segformer = await golden("segformer");
const nvlabs = goldenFile("segformer_nvlabs.pth");
const hubConfig = goldenFile("segformer_hub/config.json");

goldenTest("publish() gives transformers the folder that openModel() reads back", [
  segformer,
  nvlabs,
  hubConfig,
], async () => {
  const opened = await openModel(nvlabs.path);
  const { family, config: read } = opened.architecture;
  const { heads } = segformerOf(segformer); // NVlabs' files do not tell them
  const published = publish({
    ...opened,
    architecture: { family, config: { ...read, heads } as typeof read },
  });
  assert(published.notes[0]!.startsWith("transformers computes with a LayerNorm eps of 0.00001"));
  const back = await openPublished(published);
  assertEquals(back.kind, "Hugging Face SegFormer");
  assertEquals([back.classes, back.assumed], [opened.classes, []]);
  assertSame(back.weights, opened.weights);
  for (const i of [0, 1, 2] as const) {
    assertEquals(back.normalization.mean[i]!.toFixed(3), opened.normalization.mean[i]!.toFixed(3));
  }
  const logits = await logitsOfOpened(back, segformer.tensor("in/images"));
  assertOutput(logits, segformer.tensor("out/logits_eval")); // with transformers' eps
  const config = JSON.parse(published.files["config.json"]!);
  const reference = JSON.parse(await Deno.readTextFile(hubConfig.path));
  for (const [key, value] of Object.entries(config)) {
    if (key in reference && !/drop|eps/.test(key)) assertEquals(value, reference[key], key);
  }
});

Deno.test("publish() gives the official Segmenter its names and a variant.yml", async () => {
  const opened = await openModel(ownPath("containers/segmenter_small/checkpoint.pth"));
  const published = publish(opened);
  assertEquals(published.notes.length, 1); // how to load it, and nothing of eps
  const names = (await ownGolden("segmenter_mask_small")).weights();
  assertEquals([...published.tensors.keys()].toSorted(), [...names.keys()].toSorted());
  const back = await openPublished(published);
  assertEquals(back.architecture, opened.architecture);
  assertEquals([back.window, back.stride], [opened.window, opened.stride]);
  assertEquals(back.normalization, opened.normalization);
});

Deno.test("publish() gives mmsegmentation's Segmenter zeros for the heads that it dropped", async () => {
  const weights = (await ownGolden("segmenter_mask_small")).weights();
  const opened = await openModel(ownPath("containers/segmenter_small/checkpoint.pth"));
  const kept = [...opened.weights].filter(([name]) => !name.startsWith("encoder.head"));
  const { tensors } = publish({ ...opened, weights: new Map(kept) });
  assertEquals([...tensors.keys()].toSorted(), [...weights.keys()].toSorted());
  const head = tensors.get("encoder.head.weight")!;
  assertEquals(head.shape, weights.get("encoder.head.weight")!.shape);
  assert(head.data.every((value) => value === 0));
});

Deno.test("publish() is a TypeError when no other project has such a network", async () => {
  const opened = await openModel(ownPath("segformer_nvlabs.pth"));
  const use = { classes: 2, image: 64, dropPath: 0, decoderDropout: 0 };
  const architecture = variantOf("FCN-R18").architecture(use);
  assertThrows(() => publish({ ...opened, architecture }), TypeError, "exported as ONNX");
});
