import { assert, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { toSeglab } from "../../lib/checkpoints/name_rules.ts";
import { SideFiles } from "../../lib/checkpoints/side_files.ts";
import { type Architecture, declaredBy } from "../../lib/families/family.ts";
import { families, familyOf, variants } from "../../lib/families/registry.ts";
import { holdingOf } from "../../lib/models/network_in.ts";
import { ownPath } from "../golden.ts";

/** A network's tensors as far as names and shapes go. */
function shapesOf(architecture: Architecture): Map<string, NDArray> {
  return new Map([...declaredBy(architecture, 64).parameters].map(([name, { tensor }]) => [
    name,
    { shape: tensor.shape, data: new Float32Array() },
  ]));
}

for (const [name, variant] of Object.entries(variants)) {
  const { family, image } = variant;
  if (family.checkpoints.length === 0) continue;
  Deno.test(`rebuild() of ${family.name} gives ${name} from names and shapes`, async () => {
    const dropPath = family.name === "setr" ? 0 : 0.1;
    const use = { classes: 150, image, decoderDropout: 0.1, dropPath };
    const architecture = variant.architecture(use);
    const tensors = shapesOf(architecture);
    const holding = holdingOf(tensors.keys());
    assert("family" in holding && holding.family === family, name);
    const { tensors: named, unused } = toSeglab(holding.kind.names, tensors);
    assertEquals([named.size, unused], [tensors.size, []], name);
    // A folder without a variant.yml.
    const beside = await SideFiles.of(ownPath("segformer_nvlabs.pth"));
    const { config } = await holding.kind.rebuild(named, beside);
    assertEquals(config, architecture.config);
  });
}

Deno.test("familyOf() lists the families when it knows no such name", () => {
  assertEquals(familyOf("setr").name, "setr");
  assertThrows(() => familyOf("swin"), RangeError, families.map(({ name }) => name).join(", "));
});
