import { assertEquals } from "@std/assert";
import { augregVit, bigVisionVit } from "../../../lib/families/encoders/vit_jax_names.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/rule.ts";
import { mmsegVit } from "../../../lib/families/encoders/vit_checkpoints.ts";
import { readTensors } from "../../../lib/checkpoints/read.ts";
import { golden, goldenPath } from "../../golden.ts";

const timm = (await golden("timm_vit")).weights();

for (
  const [file, kind, map] of [
    ["augreg.npz", "AugReg ViT", augregVit(3)],
    ["bigvision.npz", "big_vision ViT", bigVisionVit(3)],
  ] as const
) {
  Deno.test(`renameFrom() gives timm's weights of ${file}, and toPublished() the file's`, async () => {
    const { tensors } = await readTensors(goldenPath(file));
    assertEquals(titleOf([...tensors.keys()]), kind);
    const { tensors: named, unused } = renameFrom(kind, tensors);
    assertEquals(Object.fromEntries(named), Object.fromEntries(timm));
    assertEquals(unused, []);
    const back = toPublished(map, named).tensors;
    assertEquals(Object.fromEntries(back), Object.fromEntries(tensors));
  });
}

for (const name of ["timm_vit", "timm_deit_distilled"]) {
  Deno.test(`renameFrom() keeps the names of ${name}`, async () => {
    const weights = (await golden(name)).weights();
    assertEquals(titleOf([...weights.keys()]), "timm ViT");
    assertEquals(renameFrom("timm ViT", weights), { tensors: weights, unused: [] });
  });
}

Deno.test("renameFrom() gives timm's names of mmsegmentation's ViT, both ways", () => {
  const encoder = new Map([...timm].filter(([name]) => !name.startsWith("head")));
  const theirs = toPublished(mmsegVit(""), encoder).tensors;
  assertEquals([...theirs.keys()].filter((name) => name.startsWith("layers.1.")).toSorted(), [
    "layers.1.attn.attn.in_proj_bias",
    "layers.1.attn.attn.in_proj_weight",
    "layers.1.attn.attn.out_proj.bias",
    "layers.1.attn.attn.out_proj.weight",
    "layers.1.ffn.layers.0.0.bias",
    "layers.1.ffn.layers.0.0.weight",
    "layers.1.ffn.layers.1.bias",
    "layers.1.ffn.layers.1.weight",
    "layers.1.ln1.bias",
    "layers.1.ln1.weight",
    "layers.1.ln2.bias",
    "layers.1.ln2.weight",
  ]);
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation ViT");
  assertEquals(renameFrom("mmsegmentation ViT", theirs), { tensors: encoder, unused: [] });
});
