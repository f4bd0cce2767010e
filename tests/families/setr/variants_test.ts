import { assertEquals } from "@std/assert";
import { declaredBy } from "../../../lib/families/family.ts";
import { variantOf } from "../../../lib/families/registry.ts";
import { parameterCount } from "../../../lib/nn/scope.ts";

/** SETR's table 2, in millions: with auxiliary heads and mmseg's unused classifiers. */
const published = {
  "SETR-Naive": "305.67",
  "SETR-PUP": "318.31",
  "SETR-MLA": "310.57",
  "SETR-Naive-Base": "87.69",
  "SETR-PUP-Base": "97.64",
  "SETR-MLA-Base": "92.59",
} as const;

for (const [name, millions] of Object.entries(published)) {
  Deno.test(`variantOf() has the paper's number of parameters when it is ${name}`, () => {
    const use = { classes: 150, image: 512, dropPath: 0, decoderDropout: 0 };
    const { parameters } = declaredBy(variantOf(name).architecture(use), 512);
    assertEquals((parameterCount(parameters) / 1e6).toFixed(2), millions);
  });
}
