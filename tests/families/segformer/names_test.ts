import { assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { mmsegMit, nvlabsMit } from "../../../lib/families/encoders/mix_transformer_checkpoints.ts";
import { toPublished } from "../../../lib/checkpoints/rule.ts";
import {
  hubSegformer,
  inMemorySegformer,
  nvlabsSegformer,
} from "../../../lib/families/segformer/checkpoints.ts";
import { golden, goldenPath } from "../../golden.ts";

type Row = readonly [inMemory: string, hub: string, official: string];
const { rows }: { rows: Row[] } = JSON.parse(
  await Deno.readTextFile(goldenPath("segformer_names.json")),
);

const hub = new Map([...(await golden("segformer")).weights()]
  .filter(([name]) => !name.endsWith("num_batches_tracked")));
const inMemory = new Map(
  rows.filter(([, name]) => hub.has(name)).map(([other, name]) => [other, hub.get(name)!]),
);

/** The weights under NVlabs' names by the reference's table: `kv[:C]` the first rows of kv. */
function official(): Map<string, NDArray> {
  const named = new Map<string, NDArray>();
  for (const [, theirs, ours] of rows) {
    const tensor = hub.get(theirs);
    if (!tensor) continue;
    const name = ours.replace(/\[.*\]/, "");
    const above = named.get(name);
    named.set(name, {
      shape: tensor.shape.with(0, tensor.shape[0]! * (above ? 2 : 1)),
      data: Float32Array.of(...above?.data ?? [], ...tensor.data),
    });
  }
  return named;
}

function sorted(tensors: ReadonlyMap<string, NDArray>): [string, readonly number[], number[]][] {
  return [...tensors].map(([name, { shape, data }]) => [name, shape, [...data]] as const)
    .sort(([a], [b]) => a < b ? -1 : 1) as [string, readonly number[], number[]][];
}

for (
  const [kind, tensors] of [["Hugging Face SegFormer", hub], [
    "Hugging Face SegFormer (transformers 5, in memory)",
    inMemory,
  ]] as const
) {
  Deno.test(`renameFrom() gives NVlabs' names and kv of ${kind} as the reference's table`, () => {
    assertEquals(titleOf([...tensors.keys()]), kind);
    const { tensors: named, unused } = renameFrom(kind, tensors);
    assertEquals(sorted(named), sorted(official()));
    assertEquals(unused, []);
  });

  Deno.test(`toPublished() gives the names and k, v of ${kind} back`, () => {
    const map = kind === "Hugging Face SegFormer" ? hubSegformer : inMemorySegformer;
    const { tensors: back, unused } = toPublished(map, official());
    assertEquals(sorted(back), sorted(tensors));
    assertEquals(unused, []);
  });
}

Deno.test("renameFrom() keeps NVlabs' names, both ways, and does not use conv_seg", () => {
  const tensors = official();
  const added = { shape: [6, 128, 1, 1], data: new Float32Array(768) };
  const found = new Map([...tensors, ["decode_head.conv_seg.weight", added]]);
  assertEquals(titleOf([...found.keys()]), "NVlabs SegFormer");
  const { tensors: named, unused } = renameFrom("NVlabs SegFormer", found);
  assertEquals([named, unused], [tensors, ["decode_head.conv_seg.weight"]]);
  assertEquals(toPublished(nvlabsSegformer, named).tensors, tensors);
});

/** The encoder alone, as ImageNet checkpoints name it. */
const encoder = new Map(
  [...official()].filter(([name]) => name.startsWith("backbone."))
    .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
);

Deno.test("titleOf() tells encoders without a head apart", () => {
  const head = { shape: [1], data: new Float32Array(1) };
  const alone = new Map([...encoder, ["head.weight", head]]);
  assertEquals(titleOf([...alone.keys()]), "NVlabs Mix Transformer");
  assertEquals(renameFrom("NVlabs Mix Transformer", alone), {
    tensors: encoder,
    unused: ["head.weight"],
  });
  assertEquals(toPublished(nvlabsMit, encoder).tensors, encoder);

  const theirs = new Map([...hub].filter(([name]) => name.startsWith("segformer.")));
  const classifier = new Map([...theirs, ["classifier.weight", head]]);
  assertEquals(titleOf([...classifier.keys()]), "Hugging Face Mix Transformer");
  const { tensors, unused } = renameFrom("Hugging Face Mix Transformer", classifier);
  assertEquals([sorted(tensors), unused], [sorted(encoder), ["classifier.weight"]]);
});

Deno.test("renameFrom() splits mmsegmentation's in_proj into q and kv, both ways", () => {
  const { tensors: theirs } = toPublished(mmsegMit(""), encoder);
  const [dim, stage] = [encoder.get("norm1.weight")!.shape[0]!, "layers.0.1.0"];
  const shapes = Object.fromEntries([...theirs].map(([name, { shape }]) => [name, shape]));
  assertEquals(shapes["layers.0.0.projection.weight"], [dim, 3, 7, 7]);
  assertEquals(shapes[`${stage}.attn.attn.in_proj_weight`], [3 * dim, dim]);
  assertEquals(shapes[`${stage}.ffn.layers.0.weight`], [4 * dim, dim, 1, 1]);
  assertEquals(shapes[`${stage}.ffn.layers.1.weight`], [4 * dim, 1, 3, 3]);
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Mix Transformer");
  const { tensors: back, unused } = renameFrom("mmsegmentation Mix Transformer", theirs);
  assertEquals([sorted(back), unused], [sorted(encoder), []]);
});

Deno.test("renameFrom() takes the backbone alone of mmsegmentation's SegFormer", () => {
  const theirs = new Map(toPublished(mmsegMit("backbone."), encoder).tensors);
  theirs.set("decode_head.convs.0.conv.weight", { shape: [1], data: new Float32Array(1) });
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation SegFormer");
  const { tensors, unused } = renameFrom("mmsegmentation SegFormer", theirs);
  assertEquals([sorted(tensors), unused], [sorted(encoder), ["decode_head.convs.0.conv.weight"]]);
});
