import { assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../../lib/array.ts";
import type { VitConfig } from "../../../lib/families/encoders/vit.ts";
import { fitPositions } from "../../../lib/families/encoders/vit_checkpoints.ts";

const DIM = 2;
const encoder: VitConfig = {
  imageSize: [48, 48],
  patch: 16,
  dim: DIM,
  heads: 1,
  layers: 1,
  distilled: false,
  eps: 1e-6,
  dropout: 0,
  dropPath: 0,
};

/** A table [1, rows, 2] whose row i is [i, -i]. */
function table(rows: number): NDArray {
  const data = Float32Array.from({ length: rows * DIM }, (_, i) => {
    return (i % 2 === 0 ? 1 : -1) * Math.floor(i / 2);
  });
  return { shape: [1, rows, DIM], data };
}

const tokens = (count: number): NDArray => (
  { shape: [1, count, DIM], data: new Float32Array(count * DIM) }
);

/** The first numbers of the rows that an encoder of 3×3 patches gets. */
function fitted(positions: NDArray, others: Record<string, NDArray>, config = encoder): number[] {
  const tensors = new Map(Object.entries({ pos_embed: positions, ...others }));
  fitPositions(tensors, "", config, null);
  const { shape: [, rows], data } = tensors.get("pos_embed")!;
  return Array.from({ length: rows! }, (_, row) => data[row * DIM]!);
}

const cls_token = tokens(1);
const patches = (first: number) => Array.from({ length: 9 }, (_, i) => first + i);

Deno.test("fitPositions() keeps the rows of class token and patches when they are all", () => {
  assertEquals(fitted(table(10), { cls_token }), [0, ...patches(1)]);
});

Deno.test("fitPositions() gives the class token zeros when the table is of patches alone", () => {
  assertEquals(fitted(table(9), {}), [0, ...patches(0)]); // timm's class_token=False, SigLIP
  assertEquals(fitted(table(9), { cls_token }), [0, ...patches(0)]); // no_embed_class
});

Deno.test("fitPositions() leaves the rows of other tokens out", () => {
  const dist_token = tokens(1);
  assertEquals(fitted(table(11), { cls_token, dist_token }), [0, ...patches(2)]);
  assertEquals(fitted(table(13), { cls_token, reg_token: tokens(3) }), [0, ...patches(4)]);
  assertEquals(fitted(table(9), { cls_token, reg_token: tokens(3) }), [0, ...patches(0)]);
});

Deno.test("fitPositions() keeps the distillation token's row when the encoder has one", () => {
  const distilled = { ...encoder, distilled: true };
  const dist_token = tokens(1);
  assertEquals(fitted(table(11), { cls_token, dist_token }, distilled), [0, 1, ...patches(2)]);
  assertThrows(() => fitted(table(10), { cls_token }, distilled), TypeError, "dist_token");
});

Deno.test("fitPositions() resizes the patches' rows alone when the grid is another", () => {
  const [first, ...others] = fitted(table(4), { cls_token });
  assertEquals(first, 0);
  // 0, 1 above 2, 3, bilinearly to 3×3.
  assertEquals(others, [0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3]);
});
