import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import { toPublished, toSeglab } from "../../../lib/checkpoints/name_rules.ts";
import { hubEomt, hubEomtDinov3 } from "../../../lib/families/eomt/checkpoints.ts";
import { holdingOf, networkIn } from "../../../lib/models/network_in.ts";
import { goldenFile, goldenTest } from "../../golden.ts";

const tensorsOf = (names: readonly string[]): Map<string, NDArray> =>
  new Map(names.map((name) => [name, { shape: [6, 1], data: new Float32Array(6) }]));

for (const [file, hub] of [["eomt", hubEomt], ["eomt_dinov3", hubEomtDinov3]] as const) {
  const table = goldenFile(`next/${file}_names.json`);
  goldenTest(
    `the names of transformers' and of the official ${file} become the same`,
    table,
    async () => {
      const { names } = JSON.parse(await Deno.readTextFile(table.path)) as {
        readonly names: Readonly<Record<string, { readonly official: string }>>;
      };
      const hubNames = Object.keys(names).filter((name) =>
        !/attn_mask_probs|empty_weight/.test(name)
      );
      const fromHub = toSeglab(hub, tensorsOf(hubNames));
      assertEquals(fromHub.unused, []);
      assertEquals(
        [...toPublished(hub, fromHub.tensors).tensors.keys()].sort(),
        [...hubNames].sort(),
      );

      const official = [...new Set(Object.values(names).map(({ official }) => official))];
      const { tensors } = networkIn(tensorsOf(official));
      const { kind } = holdingOf(tensors.keys());
      assert(kind.title.startsWith("official EoMT"), kind.title);
      const fromOfficial = toSeglab(kind.names, tensors);
      assertEquals([...fromOfficial.tensors.keys()].sort(), [...fromHub.tensors.keys()].sort());
    },
  );
}

Deno.test("an EoMT's gated perceptrons are read in three parts and in two, and written in three", () => {
  const block = (names: readonly string[]) =>
    tensorsOf(names.flatMap((name) => ["weight", "bias"].map((p) => `layers.0.mlp.${name}.${p}`)));
  const written = block(["gate_proj", "up_proj", "down_proj"]);
  const inThree = toSeglab(hubEomt, written);
  const inTwo = toSeglab(hubEomt, block(["weights_in", "weights_out"]));
  assertEquals([inThree.unused, inTwo.unused], [[], []]);
  assertEquals([...inThree.tensors.keys()].sort(), [...inTwo.tensors.keys()].sort());
  const back = toPublished(hubEomt, inThree.tensors);
  assertEquals([...back.tensors.keys()].sort(), [...written.keys()].sort());
});
