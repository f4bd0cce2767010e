import { assertEquals, assertThrows } from "@std/assert";
import { untrainedModel } from "../../lib/models/untrained.ts";

const key = { classes: ["sky", "road"], palette: [[0, 0, 0], [1, 1, 1]] as const };

Deno.test("untrainedModel() is a variant with what is changed of it, and repeats by its seed", () => {
  const network = { encoder: { layers: 2 } };
  const [one, same, other] = [1, 1, 2].map((seed) =>
    untrainedModel("Seg-T/16", key, { window: 32, seed, network })
  );
  const name = "encoder.blocks.1.attn.qkv.weight";
  assertEquals(one!.weights.has(name), true);
  assertEquals(one!.weights.has("encoder.blocks.2.attn.qkv.weight"), false);
  assertEquals(one!.weights.get(name), same!.weights.get(name));
  assertEquals(one!.weights.get(name)!.data[0] === other!.weights.get(name)!.data[0], false);
  assertEquals(one!.classes, key.classes);
});

Deno.test("untrainedModel() refuses a variant and a change that do not exist", () => {
  assertThrows(() => untrainedModel("Seg-Q/16", key, { window: 32 }), RangeError);
  const network = { encoder: { depth: 2 } };
  assertThrows(
    () => untrainedModel("Seg-T/16", key, { window: 32, network }),
    RangeError,
    "encoder.depth",
  );
});
