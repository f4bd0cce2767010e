import { assertEquals, assertThrows } from "@std/assert";
import { resizePosEmbed } from "../../../lib/families/encoders/vit_checkpoints.ts";

Deno.test("resizePosEmbed() keeps the extra tokens and interpolates the grid", () => {
  // Two extra tokens, a grid of 1 by 2, dim 2; widths 2 to 4 sample at -0.25, 0.25, 0.75, 1.25.
  const data = Float32Array.of(90, 91, 92, 93, 0, 10, 4, 50);
  const resized = resizePosEmbed({ shape: [1, 4, 2], data }, 2, [1, 2], [1, 4]);
  assertEquals(resized.shape, [1, 6, 2]);
  assertEquals([...resized.data], [90, 91, 92, 93, 0, 10, 1, 20, 3, 40, 4, 50]);
});

Deno.test("resizePosEmbed() changes nothing when the grids are equal", () => {
  const embedding = { shape: [1, 7, 2], data: Float32Array.from({ length: 14 }, (_, i) => i) };
  assertEquals(resizePosEmbed(embedding, 1, [2, 3], [2, 3]), embedding);
});

Deno.test("resizePosEmbed() refuses when the tokens are not those of the grid", () => {
  const embedding = { shape: [1, 6, 2], data: new Float32Array(12) };
  const error = assertThrows(() => resizePosEmbed(embedding, 1, [2, 3], [4, 4]), RangeError);
  assertEquals(
    error.message,
    "Cannot resize position embeddings: it needs [1, 1 + 2 * 3, dim], got [1, 6, 2]",
  );
});
