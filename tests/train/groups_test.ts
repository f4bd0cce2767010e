import { assertAlmostEquals, assertEquals } from "@std/assert";
import { SEGFORMER_PARAMWISE } from "../../lib/families/segformer/recipes.ts";
import { SETR_PARAMWISE } from "../../lib/families/setr/recipes.ts";
import { groupOf } from "../../lib/train/optimizer.ts";

Deno.test("groupOf() gives SegFormer's norms no decay and its head ten times the rate", () => {
  const recipe = { lr: 6e-5, minLr: 0, weightDecay: 0.01, paramwise: SEGFORMER_PARAMWISE };
  const group = (name: string) => groupOf(name, recipe);
  assertEquals(group("backbone.block1.0.norm1.bias"), { lrScale: 1, weightDecay: 0 });
  assertEquals(group("backbone.block1.0.attn.q.bias"), { lrScale: 1, weightDecay: 0.01 });
  // Named bn, not norm: it decays (must_match 2.2).
  assertEquals(group("decode_head.linear_fuse.bn.weight"), { lrScale: 10, weightDecay: 0.01 });
});

Deno.test("groupOf() gives SETR's auxiliary heads ten times the rate", () => {
  const recipe = { lr: 0.01, minLr: 0, weightDecay: 0, paramwise: SETR_PARAMWISE };
  assertEquals(groupOf("auxiliary_head.0.conv_0.weight", recipe), { lrScale: 10, weightDecay: 0 });
});

Deno.test("groupOf() lets all groups decay to one lowest rate, as mmcv does, when it is not 0", () => {
  // SETR-PUP on ADE20K. mmcv: (10 · 0.001 - 0.0001) · factor + 0.0001 for the head.
  const recipe = { lr: 1e-3, minLr: 1e-4, weightDecay: 0, paramwise: SETR_PARAMWISE };
  const { lrScale, lrShift } = groupOf("decode_head.conv_0.weight", recipe);
  for (const [factor, expected] of [[1, 0.01], [0.5, 0.00505], [0, 0.0001]] as const) {
    const lr = (1e-3 - 1e-4) * factor + 1e-4;
    assertAlmostEquals(lr * lrScale + lrShift!, expected, 1e-15);
  }
  assertEquals(groupOf("backbone.norm.weight", recipe), { lrScale: 1, weightDecay: 0 });
});

Deno.test("groupOf() lets the longest part count, then the first in the alphabet", () => {
  const times = (lrMult: number) => ({ lrMult, decayMult: 1 });
  const paramwise = { head: times(2), norm: times(3), "head.norm": times(4) };
  const recipe = { lr: 1, minLr: 0, weightDecay: 0, paramwise };
  assertEquals(groupOf("head.norm.bias", recipe).lrScale, 4);
  assertEquals(groupOf("norm.head.bias", recipe).lrScale, 2);
});
