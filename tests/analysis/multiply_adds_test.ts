import { assertAlmostEquals, assertEquals } from "@std/assert";
import { multiplyAdds } from "../../lib/analysis/multiply_adds.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { conv2d } from "../../lib/graph/ops/conv.ts";
import { add } from "../../lib/graph/ops/math.ts";
import { affine, matmul } from "../../lib/graph/ops/matmul.ts";
import { resizeBilinear } from "../../lib/graph/ops/resize.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input } from "../../lib/graph/tensor.ts";
import { segformerAsPublished } from "../../lib/families/segformer/segformer.ts";
import { segformerConfig, segformerVariants } from "../../lib/families/segformer/variants.ts";
import { Scope } from "../../lib/nn/scope.ts";

Deno.test("multiplyAdds() counts matrix products and convolutions when given an output", () => {
  const x = input("x", [2, 6, 9, 5]);
  const depthwise = { stride: 2, padding: 1, dilation: 1, groups: 3 };
  const map = conv2d(x, input("w", [12, 2, 3, 3]), input("b", [12]), depthwise); // [2, 12, 5, 3]
  assertEquals(multiplyAdds([map]), 2 * 12 * 5 * 3 * (2 * 3 * 3));
  const rows = affine(input("rows", [4, 7, 3]), input("w", [5, 3]), input("b", [5]));
  assertEquals(multiplyAdds([rows]), 4 * 7 * 3 * 5);
  assertEquals(multiplyAdds([matmul(rows, input("m", [4, 5, 2]))]), 4 * 7 * (3 * 5 + 5 * 2));
});

Deno.test("multiplyAdds() counts a node once when several outputs need it", () => {
  const y = matmul(input("a", [2, 3]), input("b", [3, 4]));
  assertEquals(multiplyAdds([y, add(y, y)]), 2 * 3 * 4);
});

Deno.test("multiplyAdds() leaves out resizing and elementwise operations", () => {
  const x = input("x", [1, 2, 4, 4]);
  assertEquals(multiplyAdds([resizeBilinear(add(x, x), 8, 8)]), 0);
});

Deno.test("multiplyAdds() counts as much for each gradient as for the output", () => {
  const [x, weight] = [input("x", [6, 3]), input("w", [5, 3])];
  const loss = reshape(sum(affine(x, weight, null), [0, 1]), []);
  assertEquals(multiplyAdds([loss, ...gradients(loss, [x, weight])]), 3 * (6 * 3 * 5));
});

/**
 * 10⁹ multiply-adds at 512² with 150 classes and at 1024 × 2048 with 19, as computed from the
 * architecture. The paper's table 1 has at 512² 8.4, 15.9, 62.4, 79.0, 95.7 (B5 at 640²: 183.3).
 */
const published: Record<keyof typeof segformerVariants, readonly [number, number]> = {
  "SegFormer-B0": [8.4, 121.0],
  "SegFormer-B1": [15.9, 239.1],
  "SegFormer-B2": [62.3, 703.5],
  "SegFormer-B3": [79.0, 949.2],
  "SegFormer-B4": [95.6, 1226.8],
  "SegFormer-B5": [111.5, 1446.4],
};

for (const [name, [ade, cityscapes]] of Object.entries(published)) {
  Deno.test(`multiplyAdds() gives the published numbers of ${name}`, () => {
    const variant = segformerVariants[name as keyof typeof segformerVariants];
    const giga = (h: number, w: number, classes: number) => {
      const use = { classes, image: h, dropPath: 0, decoderDropout: 0 };
      const images = input("images", [1, 3, h, w]);
      const { outputs } = Scope.build(
        false,
        (p) => segformerAsPublished(p, images, segformerConfig(variant, use)),
      );
      return multiplyAdds([outputs.map]) / 1e9;
    };
    assertAlmostEquals(giga(512, 512, 150), ade, 0.05);
    assertAlmostEquals(giga(1024, 2048, 19), cityscapes, 0.05);
  });
}
