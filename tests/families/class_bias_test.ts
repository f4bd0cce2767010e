import { assertAlmostEquals } from "@std/assert";
import { declaredBy } from "../../lib/families/family.ts";
import { overridden, type Overrides } from "../../lib/families/overridden.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { initialize } from "../../lib/nn/init.ts";
import { logitsOfOpened } from "../models/opened_logits.ts";
import { randomArray } from "../random_array.ts";

/** What makes a network small that would take seconds. */
const smaller: Readonly<Record<string, Overrides>> = {
  "UPerNet-Swin-T": { encoder: { dim: 24, depths: [1, 1, 1, 1] }, channels: 16 },
  "TransUNet": { dim: 48, layers: 1, hidden: 48, units: [1, 1, 1], width: 32 },
};

for (
  const name of [
    "Seg-T/16",
    "Seg-T-Mask/16",
    "SegFormer-B0",
    "SETR-Naive-Tiny",
    "SETR-PUP-Tiny",
    "SETR-MLA-Tiny",
    "FCN-R18",
    "SemanticFPN-R18",
    "DeepLabv3+-R18",
    "UPerNet-Swin-T",
    "TransUNet",
  ]
) {
  Deno.test(`classBias of ${name} is added to the scores of all pixels, and to nothing else`, async () => {
    const use = { classes: 2, image: 32, dropPath: 0, decoderDropout: 0 };
    const { family, config } = variantOf(name).architecture(use);
    const architecture = { family, config: overridden(config, smaller[name] ?? {}) };
    const weights = initialize(declaredBy(architecture, 32).parameters, 1);
    const images = randomArray("images", [1, 3, 32, 32]);
    const before = await logitsOfOpened({ architecture, weights }, images);
    const bias = architecture.family.classBias!(architecture.config);
    const { shape, data: [first, second] } = weights.get(bias)!;
    const shifted = { shape, data: Float32Array.of(first!, second! - 1.5) };
    const after = await logitsOfOpened(
      { architecture, weights: new Map([...weights, [bias, shifted]]) },
      images,
    );
    const plane = 32 * 32;
    for (const pixel of [0, 37, plane - 1]) {
      assertAlmostEquals(after.data[pixel]!, before.data[pixel]!, 1e-4);
      assertAlmostEquals(after.data[plane + pixel]!, before.data[plane + pixel]! - 1.5, 1e-4);
    }
  });
}
