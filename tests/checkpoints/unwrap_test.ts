import { assertEquals, assertThrows } from "@std/assert";
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

/** The names of a network that is looked for, and of another that has it inside. */
const NAMES = ["patch.weight", "blocks.0.weight", "blocks.1.weight", "head.weight"];
const known = (name: string) => NAMES.includes(name) || NAMES.includes(name.replace("whole.", ""));

/** Tensors of these names: their places in the list. */
function numbered(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}

const prefixes = [
  "module._orig_mod.",
  "_orig_mod.module.",
  "state_dict.model._orig_mod.",
  "net.",
  "network.",
  "state_dict.net._orig_mod.module.",
  "base_model.model.",
  "my.own.wrapper_2.",
  "a/b/",
];

for (const prefix of prefixes) {
  Deno.test(`unwrap() takes ${prefix} off when the names behind it are known`, () => {
    const names = ["epoch_mean", ...NAMES.map((name) => prefix + name), `${prefix}extra.weight`];
    const { tensors, outside } = unwrap(numbered(names), { known });
    assertEquals([...tensors.keys()], [...NAMES, "extra.weight"]);
    assertEquals(outside, ["epoch_mean"]);
  });
}

Deno.test("unwrap() takes compile's wrapper off when it is around a part of the network, or all", () => {
  const all = unwrap(numbered(NAMES.map((name) => `_orig_mod.${name}`)));
  assertEquals([...all.tensors.keys()], NAMES);
  const names = ["net.patch._orig_mod.weight", "net.blocks.0._orig_mod._orig_mod.weight"];
  const sharded = ["net._fsdp_wrapped_module.blocks.1._checkpoint_wrapped_module.weight"];
  const { tensors } = unwrap(numbered([...names, ...sharded]), { known });
  assertEquals([...tensors.keys()], NAMES.slice(0, 3));
});

Deno.test("unwrap() keeps what belongs to the names when the longer ones are known as well", () => {
  const names = NAMES.map((name) => `model.whole.${name}`);
  const { tensors } = unwrap(numbered(names), { known });
  assertEquals([...tensors.keys()], NAMES.map((name) => `whole.${name}`));
});

Deno.test("unwrap() takes the network with more known names when there are two", () => {
  const names = [...NAMES.map((name) => `student.${name}`), "teacher.patch.weight"];
  const { tensors, outside } = unwrap(numbered(names), { known });
  assertEquals([[...tensors.keys()], outside], [NAMES, ["teacher.patch.weight"]]);
});

Deno.test("unwrap() takes the usual one when a moving average has the same names", () => {
  for (const [first, second] of [["model.", "model_ema."], ["state_dict_ema.", "state_dict."]]) {
    const names = [first, second].flatMap((prefix) => NAMES.map((name) => prefix + name));
    const { outside } = unwrap(numbered(names), { known });
    const average = [first, second].find((prefix) => prefix!.includes("ema"));
    assertEquals(outside, NAMES.map((name) => average + name));
  }
});

Deno.test("unwrap() is a TypeError when neither of two equal networks is meant before the other", () => {
  const names = ["student.", "teacher."].flatMap((prefix) => NAMES.map((name) => prefix + name));
  assertThrows(
    () => unwrap(numbered(names), { known }),
    TypeError,
    `one needed, got the same names behind "student." and "teacher."`,
  );
});

Deno.test("unwrap() is a TypeError when two tensors get one name", () => {
  assertThrows(
    () => unwrap(numbered(["net.patch.weight", "net._orig_mod.patch.weight"]), { known }),
    TypeError,
    `one tensor "patch.weight" needed, got "net._orig_mod.patch.weight" besides`,
  );
});

Deno.test("unwrap() is a TypeError that names a Python object when a tensor is needed there", () => {
  const names = numbered(NAMES.slice(0, 3).map((name) => `model.${name}`));
  const objects = new Map([["args", "argparse.Namespace"], ["model.note", "train.Note"]]);
  assertEquals([...unwrap(names, { known, objects }).tensors.keys()], NAMES.slice(0, 3));
  assertThrows(
    () => unwrap(names, { known, objects: new Map([["model.head.weight", "train.Quantized"]]) }),
    TypeError,
    `a tensor "model.head.weight" needed, got the Python object "train.Quantized"`,
  );
});

Deno.test("unwrap() takes little time when a checkpoint has 60,000 names of many levels", () => {
  const names = Array.from({ length: 60_000 }, (_, i) => `${"a.".repeat(100)}${i}`);
  const start = performance.now();
  unwrap(numbered(names), { known });
  assertEquals(performance.now() - start < 5000, true);
});
