import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { permute, reshaped } from "../../../lib/checkpoints/layout.ts";
import { stackRows, toPublished } from "../../../lib/checkpoints/name_rules.ts";
import {
  hubUpernet,
  mmsegUpernet,
  officialUpernet,
} from "../../../lib/families/upernet/checkpoints.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { golden, goldenFile, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";
import { hubWeights } from "./golden_upernet.ts";

const file = await golden("next/swin_upernet");
const namesFile = goldenFile("next/swin_upernet_names.json");
const needs = [file, namesFile];
const isUsed = (name: string) => !/num_batches_tracked$|backbone\.(swin\.)?layernorm\./.test(name);
const hub = new Map([...hubWeights(file)].filter(([name]) => isUsed(name)));

interface Row {
  readonly written_by_5_18: string;
  readonly mmsegmentation: string;
  readonly rule?: string;
}

/** The weights under mmsegmentation's names, by the reference's table and the rules in its words. */
async function mmseg(): Promise<Map<string, NDArray>> {
  const { names }: { names: Record<string, Row> } = JSON.parse(
    await Deno.readTextFile(namesFile.path),
  );
  const parts = new Map<string, NDArray[]>();
  const found = new Map<string, NDArray>();
  for (const { written_by_5_18: theirs, mmsegmentation: name, rule = "" } of Object.values(names)) {
    const tensor = hub.get(theirs);
    if (!tensor) continue;
    const row = rule.match(/^rows (\d)\/3/)?.[1];
    if (row !== undefined) {
      const all = parts.get(name) ?? [];
      all[Number(row)] = tensor;
      parts.set(name, all);
    } else found.set(name, rule.includes("nn.Unfold") ? channelsFirst(tensor) : tensor);
  }
  for (const [name, all] of parts) found.set(name, stackRows(all));
  return found;
}

/** [position][channel], positions (0,0), (1,0), (0,1), (1,1), as [channel][row][column]. */
function channelsFirst(tensor: NDArray): NDArray {
  const dim = tensor.shape.at(-1)! / 4;
  const rows = tensor.data.length / (4 * dim);
  const byPlace = reshaped(tensor, [rows, 2, 2, dim]); // column, row, channel
  return reshaped(permute(byPlace, [0, 3, 2, 1]), tensor.shape);
}

goldenTest("renameFrom() leads from Hugging Face's UPerNet to Seglab's and back", needs, () => {
  assertEquals(titleOf(hub.keys()), "Hugging Face UPerNet on Swin");
  const { tensors, unused } = renameFrom("Hugging Face UPerNet on Swin", hub);
  assertEquals(unused, []);
  assertSame(toPublished(hubUpernet, tensors), { tensors: hub, unused: [] });
});

goldenTest("renameFrom() leaves Swin's own last norm unused, under both its names", needs, () => {
  const { unused } = renameFrom("Hugging Face UPerNet on Swin", hubWeights(file));
  assertEquals(unused.filter((name) => !name.includes("layernorm")), []);
  const beside = new Map([...hub, ["backbone.layernorm.bias", hub.values().next().value!]]);
  assertEquals(titleOf(beside.keys()), "Hugging Face UPerNet on Swin");
});

goldenTest("renameFrom() gives the same of mmsegmentation's names and orders", needs, async () => {
  const theirs = await mmseg();
  assertEquals(titleOf(theirs.keys()), "mmsegmentation UPerNet on Swin");
  const ours = renameFrom("Hugging Face UPerNet on Swin", hub).tensors;
  const { tensors, unused } = renameFrom("mmsegmentation UPerNet on Swin", theirs);
  assertEquals(unused, []);
  assertSame(tensors, ours);
  assertSame(toPublished(mmsegUpernet, ours).tensors, theirs);
});

goldenTest("renameFrom() keeps the original code's names and leaves its buffers out", needs, () => {
  const ours = renameFrom("Hugging Face UPerNet on Swin", hub).tensors;
  const index = "backbone.layers.0.blocks.1.attn.relative_position_index";
  const found = new Map([...ours, [index, { shape: [1], data: new Float32Array(1) }]]);
  assertEquals(titleOf(found.keys()), "official UPerNet on Swin");
  assertSame(renameFrom("official UPerNet on Swin", found), { tensors: ours, unused: [index] });
  assertSame(toPublished(officialUpernet, ours).tensors, ours);
});

/** The encoder alone under the original code's names, with what a classifier has besides. */
function classifier(): Map<string, NDArray> {
  const ours = renameFrom("Hugging Face UPerNet on Swin", hub).tensors;
  const encoder = [...ours].filter(([name]) => /^backbone\.(patch_embed|layers)\./.test(name))
    .map(([name, tensor]) => [name.slice("backbone.".length), tensor] as const);
  const other = { shape: [1], data: new Float32Array(1) };
  return new Map([...encoder, ["norm.weight", other], ["head.weight", other]]);
}

goldenTest("titleOf() tells ImageNet's Swins apart, and all give one encoder", needs, () => {
  const official = classifier();
  const encoder = new Map(official);
  encoder.delete("head.weight");
  assertEquals(titleOf(official.keys()), "official Swin");
  assertSame(renameFrom("official Swin", official), {
    tensors: encoder,
    unused: ["head.weight"],
  });

  const timm = new Map(
    [...official].map(([name, tensor]) => [
      name.replace(/^layers\.(\d+)\.downsample/, (_, s) => `layers.${Number(s) + 1}.downsample`)
        .replace("head.", "head.fc."),
      tensor,
    ]),
  );
  assert(timm.has("layers.3.downsample.norm.bias"));
  assertEquals(titleOf(timm.keys()), "timm Swin");
  assertSame(renameFrom("timm Swin", timm).tensors, encoder);

  for (
    const [path, title] of [
      ["swin.", "Hugging Face Swin"],
      ["", "Hugging Face Swin (without a classifier)"],
    ] as const
  ) {
    const theirs = new Map(
      [...hub].filter(([name]) => /^backbone\.(embeddings|encoder)\./.test(name))
        .map(([name, tensor]) => [path + name.slice("backbone.".length), tensor]),
    );
    assertEquals(titleOf(theirs.keys()), title);
    theirs.set(`${path}layernorm.weight`, encoder.get("norm.weight")!);
    assertSame(renameFrom(title, theirs), { tensors: encoder, unused: [] });
  }
});

goldenTest("renameFrom() takes mmsegmentation's Swin alone", needs, async () => {
  const theirs = new Map(
    [...await mmseg()].filter(([name]) => /^backbone\.(patch_embed|stages)\./.test(name))
      .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
  );
  assertEquals(titleOf(theirs.keys()), "mmsegmentation Swin");
  const encoder = renameFrom("official Swin", classifier()).tensors;
  theirs.set("norm.weight", encoder.get("norm.weight")!);
  assertSame(renameFrom("mmsegmentation Swin", theirs), { tensors: encoder, unused: [] });
});
