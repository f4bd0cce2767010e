import { assert, assertEquals } from "@std/assert";
import { gridOf, keyGrid } from "../../lib/analysis/layers.ts";
import { openGraph } from "../../lib/analysis/probe.ts";
import { variantOf } from "../../lib/families/registry.ts";

const use = { classes: 5, image: 64, dropPath: 0, decoderDropout: 0 };
const size = [72, 104] as const; // no multiple of a stride

const networks = [
  ...["Seg-T/16", "Seg-T-Mask/16", "Seg-B†/16", "SegFormer-B0", "SETR-PUP-Tiny"],
  ...["SETR-MLA-Tiny", "SETR-Hybrid", "FCN-R18", "SemanticFPN-R18", "DeepLabv3+-R18"],
  ...["UPerNet-Swin-T", "TransUNet", "Swin-Unet"],
];

for (const name of networks) {
  Deno.test(`anatomy() tells where the attention and the features of ${name} are`, () => {
    const architecture = variantOf(name).architecture(use);
    const { attention, features } = architecture.family.anatomy!(architecture.config);
    const { taps } = openGraph(architecture, size);
    for (const layer of attention) {
      const [rows, columns] = gridOf(layer, size);
      const [keyRows, keyColumns] = keyGrid(layer, size);
      const others = layer.before.length + layer.behind;
      const shape = [layer.heads, rows * columns + others, keyRows * keyColumns + others];
      assertEquals(taps.get(layer.tap)?.shape, [1, ...shape], layer.name);
    }
    for (const layer of features) {
      const [rows, columns] = gridOf(layer, size);
      const tap = taps.get(layer.tap);
      assert(tap, `${layer.name}: no ${layer.tap}`);
      if (layer.before === null) assertEquals(tap.shape.slice(2), [rows, columns], layer.name);
      else assert(tap.shape[1]! >= layer.before + rows * columns, layer.name);
    }
    assert(features.length > 0);
    const weights = [...taps.keys()].filter((name) => name.endsWith("attn.weights"));
    assertEquals(attention.map(({ tap }) => tap), weights, "every layer of attention is listed");
  });
}
