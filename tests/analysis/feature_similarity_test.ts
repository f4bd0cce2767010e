import { assert, assertAlmostEquals, assertRejects } from "@std/assert";
import { featureSimilarity } from "../../lib/analysis/feature_similarity.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { pattern } from "../data/fixtures.ts";
import { openedOwn, openedVariant } from "./opened.ts";

for (const name of ["Seg-T-Mask/16", "SETR-MLA-Tiny", "SegFormer-B0", "FCN-R18"]) {
  Deno.test(`featureSimilarity() of a pixel with itself is 1 in ${name}`, async () => {
    const at = { x: 70, y: 20 };
    const model = openedVariant(name);
    const { found } = await featureSimilarity(model, [pattern(96, 64)], { at });
    assert(found[0]!.maps.length >= 4);
    for (const { layer, map, side } of found[0]!.maps) {
      const columns = map.shape[1]!;
      const cell = Math.floor(at.y / 2 / side) * columns + Math.floor(at.x / 2 / side);
      assertAlmostEquals(map.data[cell]!, 1, 1e-5, layer);
      assert(map.data.every((cosine) => cosine >= -1.00001 && cosine <= 1.00001), layer);
    }
  });
}

Deno.test("featureSimilarity() says what it needs", async () => {
  const at = { x: 0, y: 64 };
  const model = openedVariant("SegFormer-B0");
  await assertRejects(
    () => featureSimilarity(model, [pattern(96, 64)], { at }),
    RangeError,
    "Cannot compare features of image 1: a pixel from 0, 0 to 95, 63 needed, got 0, 64",
  );
  const own = openedOwn(pixelModel((_, map) => ({ map, height: 32, width: 32 })), ["a", "b", "c"]);
  await assertRejects(
    () => featureSimilarity(own, [pattern(64, 64)]),
    RangeError,
    "layers are known",
  );
});
