import { assertEquals } from "@std/assert";
import { receptiveFields } from "../../lib/analysis/receptive_field.ts";
import { openedVariant } from "../analysis/opened.ts";
import { pattern } from "../data/fixtures.ts";

Deno.test("receptiveFields() sets networks of all families side by side", async () => {
  const names = ["SegFormer-B0", "Seg-T/16", "SETR-Naive-Tiny", "DeepLabv3+-R18"];
  const models = Object.fromEntries(names.map((name) => [name, openedVariant(name)]));
  const found = await receptiveFields(models, [pattern(80, 64)], { side: 64 });
  assertEquals(found.models.map(({ fields }) => fields.map(({ layer }) => layer).join()), [
    "stage1,stage2,stage3,stage4,class scores",
    "encoder.0,encoder.4,encoder.7,class scores",
    "encoder.0,encoder.4,encoder.7,class scores",
    "layer1,layer2,layer3,layer4,class scores",
  ]);
  assertEquals(Object.keys(await found.pictures()), ["", "sides"]);
  assertEquals(found.sides.length, 18);
});
