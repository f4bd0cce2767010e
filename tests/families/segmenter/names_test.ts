import { assertEquals } from "@std/assert";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/rule.ts";
import {
  mmsegLinearSegmenter,
  mmsegSegmenter,
  officialSegmenter,
} from "../../../lib/families/segmenter/checkpoints.ts";
import { golden } from "../../golden.ts";

for (const name of ["segmenter_mask_small", "segmenter_linear"]) {
  Deno.test(`renameFrom() keeps the official names of ${name}, both ways`, async () => {
    const weights = (await golden(name)).weights();
    assertEquals(titleOf([...weights.keys()]), "official Segmenter");
    const renamed = renameFrom("official Segmenter", weights);
    assertEquals(renamed, { tensors: weights, unused: [] });
    assertEquals(toPublished(officialSegmenter, renamed.tensors).tensors, weights);
  });
}

/** mmsegmentation drops the ImageNet head. */
function withoutHead<T>(weights: ReadonlyMap<string, T>): [string, T][] {
  return [...weights].filter(([name]) => !name.startsWith("encoder.head"))
    .sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("renameFrom() gives official names of mmsegmentation's Segmenter, both ways", async () => {
  const weights = (await golden("segmenter_mask_small")).weights();
  const theirs = toPublished(mmsegSegmenter, weights).tensors;
  assertEquals([...theirs.keys()].filter((name) => /^decode_head\.[^l]/.test(name)).toSorted(), [
    "decode_head.classes_proj.weight",
    "decode_head.cls_emb",
    "decode_head.dec_proj.bias",
    "decode_head.dec_proj.weight",
    "decode_head.decoder_norm.bias",
    "decode_head.decoder_norm.weight",
    "decode_head.mask_norm.bias",
    "decode_head.mask_norm.weight",
    "decode_head.patch_proj.weight",
  ]);
  const [projection, own] = [
    theirs.get("decode_head.patch_proj.weight")!,
    weights.get("decoder.proj_patch")!,
  ];
  assertEquals(projection.data[1], own.data[own.shape[1]!]); // x·W there is W transposed
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Segmenter");
  const { tensors: back, unused } = renameFrom("mmsegmentation Segmenter", theirs);
  assertEquals([withoutHead(back), unused], [withoutHead(weights), []]);
});

Deno.test("renameFrom() takes mmsegmentation's FCNHead for a linear decoder", async () => {
  const weights = new Map([...(await golden("segmenter_linear")).weights()]
    .filter(([name]) => !name.includes("dist")));
  const theirs = toPublished(mmsegLinearSegmenter, weights).tensors;
  assertEquals(theirs.get("decode_head.conv_seg.weight")!.shape, [5, 64, 1, 1]);
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Segmenter (linear)");
  const { tensors: back } = renameFrom("mmsegmentation Segmenter (linear)", theirs);
  assertEquals(withoutHead(back), withoutHead(weights));
});
