import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { receptiveFields, sidesHolding } from "../../lib/analysis/receptive_field.ts";
import { conv2d } from "../../lib/graph/ops/conv.ts";
import { ones } from "../../lib/nn/init.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { pattern } from "../data/fixtures.ts";
import { openedOwn, openedVariant } from "./opened.ts";

/** Three 3×3 convolutions of ones: their field is the threefold convolution of 1, 1, 1 with itself. */
const stack = openedOwn(
  pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const options = { stride: 1, padding: 1, dilation: 1, groups: 1 };
    let map = images;
    for (const [i, out] of [1, 1, 2].entries()) {
      const weight = p.at(i).param("weight", [out, map.dims(4)[1], 3, 3], ones);
      map = conv2d(map, weight, null, options);
    }
    return { map, height, width };
  }),
  ["a", "b"],
);

Deno.test("receptiveFields() of a stack of convolutions is the one that is known", async () => {
  const { models, side } = await receptiveFields({ stack }, [pattern(40, 32)], { side: 21 });
  const [{ layer, field, half, most }] = models[0]!.fields as [typeof models[0]["fields"][0]];
  assertEquals([layer, side, field.shape], ["class scores", 21, [21, 21]]);
  const line = [1, 3, 6, 7, 6, 3, 1]; // of 27
  for (let y = 0; y < 21; y++) {
    for (let x = 0; x < 21; x++) {
      const known = 6 * (line[y - 7] ?? 0) * (line[x - 7] ?? 0); // two classes, three colours
      assertAlmostEquals(field.data[21 * y + x]!, known, 1e-3);
    }
  }
  // Squares of 3, 5 and 7 pixels hold (19/27)², (25/27)² and all: 0.495, 0.857, 1.
  assertEquals([half, most], [5, 7]);
});

Deno.test("sidesHolding() counts squares around a pixel's corner by even sides", () => {
  const field = { shape: [4, 4], data: new Float32Array(16).fill(1) };
  assertEquals(sidesHolding(field, 2, [0.25, 0.3, 1]), [2, 4, 4]);
  assertEquals(sidesHolding(field, 2.5, [1 / 16, 0.5, 9 / 16, 1]), [1, 3, 3, 5]);
});

Deno.test("receptiveFields() says what it needs", async () => {
  const models = { "a segformer": openedVariant("SegFormer-B0") };
  const pictures = [pattern(64, 64)];
  await assertRejects(() => receptiveFields({}, pictures), RangeError, "at least one network");
  await assertRejects(
    () => receptiveFields(models, pictures, { layer: "stage5" }),
    RangeError,
    'stage1, stage2, stage3, stage4 needed, got "stage5"',
  );
});
