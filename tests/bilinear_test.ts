import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../lib/array.ts";
import { resizeBilinear } from "../lib/bilinear.ts";
import { assertOutput, golden, goldenTest } from "./golden.ts";

/** [n, c, h, w] as the maps [n * c, h, w]. */
function asMaps({ shape: [n, c, h, w], data }: NDArray): NDArray {
  return { shape: [n! * c!, h!, w!], data };
}

const ops = await golden("ops");
const resizings = ops.cases((file) => file.heads("out/").filter((op) => /^bilinear_\d/.test(op)));
for (const resizing of resizings) {
  goldenTest(`resizeBilinear() gives torch's values when it is ${resizing.name}`, resizing, () => {
    const reference = asMaps(ops.tensor(`out/${resizing.name}/y`));
    const [, h, w] = reference.shape as [number, number, number];
    const x = asMaps(ops.tensor(`in/${resizing.name}/x`));
    assertOutput(resizeBilinear(x, h, w), reference);
  });
}

Deno.test("resizeBilinear() returns its argument when the size is the same", () => {
  const map: NDArray = { shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4) };
  assert(resizeBilinear(map, 2, 2) === map);
  assertEquals(resizeBilinear(map, 1, 1).data, Float32Array.of(2.5));
});
