import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/rule.ts";
import { mmsegPup, officialSetr } from "../../../lib/families/setr/checkpoints.ts";
import { assertWithin, golden } from "../../golden.ts";

async function weightsOf(name: string): Promise<Map<string, NDArray>> {
  const weights = (await golden(name)).weights();
  return new Map([...weights].filter(([name]) => !name.endsWith("num_batches_tracked")));
}

for (const name of ["setr_naive", "setr_pup", "setr_mla"]) {
  Deno.test(`renameFrom() keeps the official names of ${name}, both ways`, async () => {
    const weights = await weightsOf(name);
    assertEquals(titleOf([...weights.keys()]), "official SETR");
    const renamed = renameFrom("official SETR", weights);
    assertEquals(renamed, { tensors: weights, unused: [] });
    assertEquals(toPublished(officialSetr, renamed.tensors).tensors, weights);
  });
}

Deno.test("renameFrom() gives SETR's names of mmsegmentation's PUP, both ways", async () => {
  const weights = await weightsOf("setr_pup");
  const theirs = toPublished(mmsegPup, weights).tensors;
  const heads = [...theirs.keys()].filter((name) => !name.startsWith("backbone."));
  assertEquals(heads.filter((name) => name.startsWith("auxiliary_head.0.")).toSorted(), [
    "auxiliary_head.0.conv_seg.bias",
    "auxiliary_head.0.conv_seg.weight",
    "auxiliary_head.0.norm.bias",
    "auxiliary_head.0.norm.weight",
    "auxiliary_head.0.up_convs.0.0.bn.bias",
    "auxiliary_head.0.up_convs.0.0.bn.running_mean",
    "auxiliary_head.0.up_convs.0.0.bn.running_var",
    "auxiliary_head.0.up_convs.0.0.bn.weight",
    "auxiliary_head.0.up_convs.0.0.conv.weight",
  ]);
  assert(heads.includes("decode_head.up_convs.3.0.conv.weight"));
  assertEquals(titleOf([...theirs.keys()]), "mmsegmentation SETR-PUP");

  const { tensors: ours, unused } = renameFrom("mmsegmentation SETR-PUP", theirs);
  const used = [...weights.keys()].filter((name) => !name.includes("conv_seg"));
  assertEquals([[...ours.keys()].toSorted(), unused], [used.toSorted(), []]);
  assertEquals(Object.fromEntries(toPublished(mmsegPup, ours).tensors), Object.fromEntries(theirs));
  const left = (tensors: ReadonlyMap<string, NDArray>, norm: string, conv: string) => {
    const bias = tensors.get(`${conv}.bias`)!.data;
    return tensors.get(`${norm}.running_mean`)!.data.map((mean, i) => mean - bias[i]!);
  };
  for (const i of [0, 1, 2, 3]) {
    const names = [`decode_head.syncbn_fc_${i}`, `decode_head.conv_${i}`] as const;
    assertWithin(left(ours, ...names), left(weights, ...names), 1e-7, names[0]);
  }
});
