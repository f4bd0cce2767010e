import { assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { kindOf, kinds, renameFrom } from "../../lib/checkpoints/kind.ts";
import { type Architecture, declaredBy } from "../../lib/families/architecture.ts";
import { variants } from "../../lib/families/variants.ts";
import { described } from "../../lib/models/described.ts";
import { goldenPath } from "../golden.ts";

/** A network's tensors as far as names and shapes go. */
function shapesOf(architecture: Architecture): Map<string, NDArray> {
  return new Map([...declaredBy(architecture, 64).parameters].map(([name, { tensor }]) => [
    name,
    { shape: tensor.shape, data: new Float32Array() },
  ]));
}

const named = Object.entries(variants).map(([name, variant]) => {
  const use = { classes: 150, image: variant.image, decoderDropout: 0.1 };
  const dropPath = name.startsWith("SETR") ? 0 : 0.1;
  return [name, variant.architecture({ ...use, dropPath })] as const;
});

for (const family of ["segmenter", "segformer", "setr"] as const) {
  Deno.test(`described() rebuilds every published ${family} from names and shapes`, async () => {
    for (const [name, architecture] of named) {
      if (architecture.family !== family) continue;
      const tensors = shapesOf(architecture);
      const kind = kindOf([...tensors.keys()]);
      const renamed = renameFrom(kinds[kind], tensors);
      assertEquals([renamed.tensors.size, renamed.unused], [tensors.size, []], name);
      const path = goldenPath("segformer_nvlabs.pth"); // a folder without a variant.yml
      const rebuilt = await described(kind, renamed.tensors, path, undefined);
      assertEquals(rebuilt.architecture, architecture, name);
    }
  });
}
