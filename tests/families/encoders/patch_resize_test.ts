import { assertEquals } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import {
  bilinear,
  fitPatches,
  pseudoInverted,
} from "../../../lib/families/encoders/patch_resize.ts";
import type { VitConfig } from "../../../lib/families/encoders/vit.ts";
import { assertOutput, golden, goldenTest } from "../../golden.ts";

const file = await golden("next/embed_resize");

/** The kernels of each case "patchAtoB", and the side B. */
for (const { name, lacking } of file.cases((file) => file.heads("out/"))) {
  const [, from, to] = /^patch(\d+)to(\d+)$/.exec(name) ?? [];
  if (to === undefined) continue;
  const kernels = () =>
    file.tensor(file.names("in/").map((n) => `in/${n}`).find((n) => isKernel(n, +from!))!);
  goldenTest(`pseudoInverted() gives timm's kernels: ${from} to ${to}`, { lacking }, () => {
    const reference = file.tensor(`out/${name}/pi_bicubic_antialias`);
    assertOutput(pseudoInverted(kernels(), +to), reference);
  });
  goldenTest(
    `bilinear() gives torch's interpolation of kernels: ${from} to ${to}`,
    { lacking },
    () => {
      assertOutput(bilinear(kernels(), +to), file.tensor(`out/${name}/plain_bilinear`));
    },
  );
}

function isKernel(name: string, side: number): boolean {
  const { shape } = file.stored(name);
  return shape.length === 4 && shape[3] === side && shape[2] === side &&
    !/picture|image/.test(name);
}

const name = "encoder.patch_embed.proj.weight";
const kernels: NDArray = { shape: [2, 3, 4, 4], data: new Float32Array(96).map((_, i) => i % 7) };
const encoder = { patch: 8 } as VitConfig;

Deno.test("fitPatches() resizes kernels of another side as it is told, and no others", () => {
  const fitted = (rule: "none" | "bilinear" | "pseudo-inverse", patch: number) => {
    const tensors = new Map([[name, kernels]]);
    fitPatches(tensors, "encoder.", { ...encoder, patch }, rule);
    return tensors.get(name)!;
  };
  assertEquals(fitted("none", 8), kernels);
  assertEquals(fitted("bilinear", 4), kernels);
  assertEquals(fitted("bilinear", 8), bilinear(kernels, 8));
  assertEquals(fitted("pseudo-inverse", 8), pseudoInverted(kernels, 8));
});

Deno.test("pseudoInverted() keeps what an enlarged patch gives, exactly to rounding", () => {
  // A patch that does not vary is its own enlargement: the kernels' sums stay.
  const sums = ({ shape, data }: NDArray) => {
    const size = shape[2]! * shape[3]!;
    return Array.from(
      { length: data.length / size },
      (_, i) => data.subarray(i * size, (i + 1) * size).reduce((sum, x) => sum + x, 0),
    );
  };
  const [before, after] = [sums(kernels), sums(pseudoInverted(kernels, 8))];
  for (const [i, sum] of before.entries()) assertEquals(Math.abs(after[i]! - sum) < 1e-4, true);
});
