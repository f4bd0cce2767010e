import { assertEquals } from "@std/assert";
import { groupOf, SEGFORMER_PARAMWISE, SETR_PARAMWISE } from "../../lib/train/paramwise.ts";

Deno.test("groupOf() gives SegFormer's norms no decay and its head ten times the rate", () => {
  const group = (name: string) => groupOf(name, 0.01, SEGFORMER_PARAMWISE);
  assertEquals(group("backbone.block1.0.norm1.bias"), { lrScale: 1, weightDecay: 0 });
  assertEquals(group("backbone.block1.0.attn.q.bias"), { lrScale: 1, weightDecay: 0.01 });
  // Named bn, not norm: it decays (must_match 2.2).
  assertEquals(group("decode_head.linear_fuse.bn.weight"), { lrScale: 10, weightDecay: 0.01 });
});

Deno.test("groupOf() gives SETR's auxiliary heads ten times the rate", () => {
  assertEquals(groupOf("auxiliary_head.0.conv_0.weight", 0, SETR_PARAMWISE), {
    lrScale: 10,
    weightDecay: 0,
  });
});

Deno.test("groupOf() lets the longest part count, then the first in the alphabet", () => {
  const times = (lrMult: number) => ({ lrMult, decayMult: 1 });
  const paramwise = { head: times(2), norm: times(3), "head.norm": times(4) };
  assertEquals(groupOf("head.norm.bias", 0, paramwise).lrScale, 4);
  assertEquals(groupOf("norm.head.bias", 0, paramwise).lrScale, 2);
});
