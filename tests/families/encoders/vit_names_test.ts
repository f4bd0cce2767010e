import { assertEquals } from "@std/assert";
import { augregVit, bigVisionVit } from "../../../lib/families/encoders/vit_jax_names.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import { mmsegVit } from "../../../lib/families/encoders/vit_checkpoints.ts";
import { readTensors } from "../../../lib/checkpoints/read.ts";
import { golden, goldenFamily, goldenFile, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";

const vit = await golden("timm_vit");
const timm = vit.weights();
const { num_heads: heads, depth } = vit.config;

for (
  const [file, kind, map] of [
    ["augreg.npz", "AugReg ViT", augregVit(heads)],
    ["bigvision.npz", "big_vision ViT", bigVisionVit(heads)],
  ] as const
) {
  const archive = goldenFile(file);
  goldenTest(`renameFrom() gives timm's weights of ${file}, and toPublished() the file's`, [
    vit,
    archive,
  ], async () => {
    const { tensors } = await readTensors(archive.path);
    assertEquals(titleOf([...tensors.keys()]), kind);
    const { tensors: named, unused } = renameFrom(kind, tensors);
    assertSame(named, timm);
    assertEquals(unused, []);
    const back = toPublished(map, named).tensors;
    assertSame(back, tensors);
  });
}

for (const file of await goldenFamily("timm")) {
  goldenTest(`renameFrom() keeps the names of ${file.file}`, file, () => {
    const weights = file.weights();
    assertEquals(titleOf([...weights.keys()]), "timm ViT");
    assertSame(renameFrom("timm ViT", weights), { tensors: weights, unused: [] });
  });
}

goldenTest("renameFrom() gives timm's names of mmsegmentation's ViT, both ways", vit, () => {
  const encoder = new Map([...timm].filter(([name]) => !name.startsWith("head")));
  const theirs = toPublished(mmsegVit(""), encoder).tensors;
  const last = `layers.${depth - 1}.`;
  assertEquals([...theirs.keys()].filter((name) => name.startsWith(last)).toSorted(), [
    last + "attn.attn.in_proj_bias",
    last + "attn.attn.in_proj_weight",
    last + "attn.attn.out_proj.bias",
    last + "attn.attn.out_proj.weight",
    last + "ffn.layers.0.0.bias",
    last + "ffn.layers.0.0.weight",
    last + "ffn.layers.1.bias",
    last + "ffn.layers.1.weight",
    last + "ln1.bias",
    last + "ln1.weight",
    last + "ln2.bias",
    last + "ln2.weight",
  ]);
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation ViT");
  assertSame(renameFrom("mmsegmentation ViT", theirs), { tensors: encoder, unused: [] });
});
