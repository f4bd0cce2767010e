import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { decodedClasses } from "../../lib/analysis/decoded_classes.ts";
import { input } from "../../lib/graph/tensor.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { segmenter, type SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { randomArray } from "../random_array.ts";

const config: SegmenterConfig = {
  encoder: {
    imageSize: [16, 16],
    patch: 8,
    dim: 64,
    heads: 1,
    layers: 1,
    distilled: false,
    eps: 1e-5,
    dropout: 0,
    dropPath: 0,
  },
  decoder: { name: "mask_transformer", layers: 1, dropout: 0, dropPath: 0 },
  classes: 3,
};
const { parameters } = Scope.build(
  false,
  (p) => segmenter(p, input("images", [1, 3, 16, 16]), config),
);
const weights = initialize(parameters, 1);
const images = [0, 1].map((i) => randomArray(`image ${i}`, [1, 3, 16, 16]));

Deno.test("decodedClasses() gives the mean over images of normalised class tokens", async () => {
  const [first, second] = await Promise.all(
    images.map((image) => decodedClasses({ family: segmenterFamily, config }, weights, [image], 1)),
  );
  const both = await decodedClasses({ family: segmenterFamily, config }, weights, images, 1);
  assertEquals(both.shape, [3, 64]);
  for (const [i, value] of both.data.entries()) {
    assertAlmostEquals(value, (first!.data[i]! + second!.data[i]!) / 2, 1e-5);
  }
  for (let row = 0; row < 3; row++) { // the last layer norm has weight 1 and bias 0
    const values = first!.data.subarray(row * 64, row * 64 + 64);
    assertAlmostEquals(values.reduce((sum, value) => sum + value, 0), 0, 1e-3);
    assertAlmostEquals(values.reduce((sum, value) => sum + value ** 2, 0), 64, 2); // eps takes a little
  }
});

Deno.test("decodedClasses() says what it needs when the decoder is linear", async () => {
  const linear = { ...config, decoder: { name: "linear" } } as const;
  await assertRejects(
    () => decodedClasses({ family: segmenterFamily, config: linear }, weights, images, 1),
    RangeError,
    "without them",
  );
});
