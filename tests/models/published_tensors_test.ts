import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { type Published, publishedTensors } from "../../lib/models/published_tensors.ts";
import { assertOutput, golden, goldenPath } from "../golden.ts";
import { logitsOfOpened } from "./opened_logits.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Opens what was published as a folder of its own. */
async function openWritten({ tensors, file, files }: Published): Promise<OpenedModel> {
  await using folder = await temporaryFolder();
  await writeSafetensors(join(folder.path, file), tensors);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder.path, name), text);
  }
  return await openModel(folder.path);
}

Deno.test("publishedTensors() gives transformers the folder that openModel() reads back", async () => {
  const opened = await openModel(goldenPath("segformer_nvlabs.pth"));
  const published = publishedTensors(opened, "transformers");
  assert(published.notes[0]!.startsWith("transformers computes with a LayerNorm eps of 0.00001"));
  const back = await openWritten(published);
  assertEquals(back.kind, "Hugging Face SegFormer");
  assertEquals([back.classes, back.assumed], [opened.classes, []]);
  assertEquals(Object.fromEntries(back.weights), Object.fromEntries(opened.weights));
  for (const i of [0, 1, 2] as const) {
    assertEquals(back.normalization.mean[i].toFixed(3), opened.normalization.mean[i].toFixed(3));
  }
  const file = await golden("segformer");
  const logits = await logitsOfOpened(back, file.tensor("in/images"));
  assertOutput(logits, file.tensor("out/logits_eval")); // with transformers' eps
  const config = JSON.parse(published.files["config.json"]!);
  const reference = JSON.parse(await Deno.readTextFile(goldenPath("segformer_hub/config.json")));
  for (const [key, value] of Object.entries(config)) {
    if (key in reference && !/drop|eps/.test(key)) assertEquals(value, reference[key], key);
  }
});

Deno.test("publishedTensors() gives the official Segmenter its names and a variant.yml", async () => {
  const opened = await openModel(goldenPath("containers/segmenter_small/checkpoint.pth"));
  const published = publishedTensors(opened, "segmenter");
  assertEquals(published.notes.length, 1); // how to load it, and nothing of eps
  const names = (await golden("segmenter_mask_small")).weights();
  assertEquals([...published.tensors.keys()].toSorted(), [...names.keys()].toSorted());
  const back = await openWritten(published);
  assertEquals(back.architecture, opened.architecture);
  assertEquals([back.window, back.stride], [opened.window, opened.stride]);
  assertEquals(back.normalization, opened.normalization);
});

Deno.test("publishedTensors() is a TypeError when the other project has no such network", async () => {
  const opened = await openModel(goldenPath("segformer_nvlabs.pth"));
  assertThrows(() => publishedTensors(opened, "segmenter"), TypeError, "exported as ONNX");
});
