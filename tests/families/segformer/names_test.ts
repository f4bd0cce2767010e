import { assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { mmsegMit, nvlabsMit } from "../../../lib/families/encoders/mix_transformer_checkpoints.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import {
  hubSegformer,
  inMemorySegformer,
  nvlabsSegformer,
} from "../../../lib/families/segformer/checkpoints.ts";
import { golden, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";
import { nameRows, namesFile } from "./golden_segformer.ts";

const rows = await nameRows();
const file = await golden("segformer");
const needs = [file, namesFile];

const hub = new Map([...file.weights()].filter(([name]) => !name.endsWith("num_batches_tracked")));
const inMemory = new Map(
  rows.filter((row) => hub.has(row.hub)).map((row) => [row.inMemory, hub.get(row.hub)!]),
);

/** The weights under NVlabs' names by the reference's table: `kv[:C]` the first rows of kv. */
function official(): Map<string, NDArray> {
  const named = new Map<string, NDArray>();
  for (const { hub: theirs, official: name } of rows) {
    const tensor = hub.get(theirs);
    if (!tensor) continue;
    const above = named.get(name);
    named.set(name, {
      shape: tensor.shape.with(0, tensor.shape[0]! * (above ? 2 : 1)),
      data: Float32Array.of(...above?.data ?? [], ...tensor.data),
    });
  }
  return named;
}

for (
  const [kind, tensors] of [["Hugging Face SegFormer", hub], [
    "Hugging Face SegFormer (transformers 5, in memory)",
    inMemory,
  ]] as const
) {
  goldenTest(
    `renameFrom() gives NVlabs' names and kv of ${kind} as the reference's table`,
    needs,
    () => {
      assertEquals(titleOf([...tensors.keys()]), kind);
      const { tensors: named, unused } = renameFrom(kind, tensors);
      assertSame(named, official());
      assertEquals(unused, []);
    },
  );

  goldenTest(`toPublished() gives the names and k, v of ${kind} back`, needs, () => {
    const map = kind === "Hugging Face SegFormer" ? hubSegformer : inMemorySegformer;
    const { tensors: back, unused } = toPublished(map, official());
    assertSame(back, tensors);
    assertEquals(unused, []);
  });
}

goldenTest("renameFrom() keeps NVlabs' names, both ways, and does not use conv_seg", needs, () => {
  const tensors = official();
  const added = { shape: [6, 128, 1, 1], data: new Float32Array(768) };
  const found = new Map([...tensors, ["decode_head.conv_seg.weight", added]]);
  assertEquals(titleOf([...found.keys()]), "NVlabs SegFormer");
  const { tensors: named, unused } = renameFrom("NVlabs SegFormer", found);
  assertSame([named, unused], [tensors, ["decode_head.conv_seg.weight"]]);
  assertSame(toPublished(nvlabsSegformer, named).tensors, tensors);
});

/** The encoder alone, as ImageNet checkpoints name it. */
const encoder = new Map(
  [...official()].filter(([name]) => name.startsWith("backbone."))
    .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
);

goldenTest("titleOf() tells encoders without a head apart", needs, () => {
  const head = { shape: [1], data: new Float32Array(1) };
  const alone = new Map([...encoder, ["head.weight", head]]);
  assertEquals(titleOf([...alone.keys()]), "NVlabs Mix Transformer");
  assertSame(renameFrom("NVlabs Mix Transformer", alone), {
    tensors: encoder,
    unused: ["head.weight"],
  });
  assertSame(toPublished(nvlabsMit, encoder).tensors, encoder);

  const theirs = new Map([...hub].filter(([name]) => name.startsWith("segformer.")));
  const classifier = new Map([...theirs, ["classifier.weight", head]]);
  assertEquals(titleOf([...classifier.keys()]), "Hugging Face Mix Transformer");
  const { tensors, unused } = renameFrom("Hugging Face Mix Transformer", classifier);
  assertSame([tensors, unused], [encoder, ["classifier.weight"]]);
});

goldenTest("renameFrom() splits mmsegmentation's in_proj into q and kv, both ways", needs, () => {
  const { tensors: theirs } = toPublished(mmsegMit(""), encoder);
  const { hidden: [dim], patch_sizes: [kernel], mlp_ratios: [ratio] } = file.config;
  const stage = "layers.0.1.0";
  const shapes = Object.fromEntries([...theirs].map(([name, { shape }]) => [name, shape]));
  assertEquals(shapes["layers.0.0.projection.weight"], [dim, 3, kernel, kernel]);
  assertEquals(shapes[`${stage}.attn.attn.in_proj_weight`], [3 * dim, dim]);
  assertEquals(shapes[`${stage}.ffn.layers.0.weight`], [ratio * dim, dim, 1, 1]);
  assertEquals(shapes[`${stage}.ffn.layers.1.weight`], [ratio * dim, 1, 3, 3]);
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Mix Transformer");
  const { tensors: back, unused } = renameFrom("mmsegmentation Mix Transformer", theirs);
  assertSame([back, unused], [encoder, []]);
});

goldenTest("renameFrom() takes the backbone alone of mmsegmentation's SegFormer", needs, () => {
  const theirs = new Map(toPublished(mmsegMit("backbone."), encoder).tensors);
  theirs.set("decode_head.convs.0.conv.weight", { shape: [1], data: new Float32Array(1) });
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation SegFormer");
  const { tensors, unused } = renameFrom("mmsegmentation SegFormer", theirs);
  assertSame([tensors, unused], [encoder, ["decode_head.convs.0.conv.weight"]]);
});
