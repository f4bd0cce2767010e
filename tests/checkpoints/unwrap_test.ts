import { assertEquals } from "@std/assert";
import { unwrap } from "../../lib/checkpoints/unwrap.ts";

Deno.test("unwrap() takes off what scripts wrap a state dict in, one after the other", () => {
  const names = ["epoch_mean", "state_dict.module.a.weight", "state_dict.module.b"];
  const { tensors, outside } = unwrap(new Map(names.map((name, i) => [name, i])));
  assertEquals([...tensors], [["a.weight", 1], ["b", 2]]);
  assertEquals(outside, ["epoch_mean"]);
});

Deno.test("unwrap() names what is beside the network as in the file", () => {
  const names = ["state_dict.module.a", "state_dict.version"];
  const { outside } = unwrap(new Map(names.map((name) => [name, 0])));
  assertEquals(outside, ["state_dict.version"]);
});

Deno.test("unwrap() leaves names as they are when nothing is around them", () => {
  const names = ["backbone.cls_token", "decode_head.norm.weight"];
  const { tensors, outside } = unwrap(new Map(names.map((name) => [name, 0])));
  assertEquals([[...tensors.keys()], outside], [names, []]);
});
