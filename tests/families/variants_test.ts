import { assertEquals, assertThrows } from "@std/assert";
import { declaredBy, type VariantUse } from "../../lib/families/family.ts";
import { variantOf, variants } from "../../lib/families/registry.ts";
import { parameterCount } from "../../lib/nn/scope.ts";

const ade = { classes: 150, dropPath: 0.1, decoderDropout: 0.1 };

function count(name: string, use: VariantUse): number {
  return parameterCount(declaredBy(variantOf(name).architecture(use), use.image).parameters);
}

for (const [name, { image, parameters }] of Object.entries(variants)) {
  Deno.test(`variants: ${name} has the published number of parameters`, () => {
    assertEquals(count(name, { ...ade, image }), parameters);
  });
}

Deno.test("variants: Seg-L-Mask/16 has its number of parameters on Pascal Context", () => {
  assertEquals(count("Seg-L-Mask/16", { ...ade, classes: 60, image: 480 }), 333_450_336);
});

Deno.test("variantOf() lists the variants when the name is unknown", () => {
  assertThrows(() => variantOf("Seg-X/16"), RangeError, "Seg-T-Mask/16");
});
