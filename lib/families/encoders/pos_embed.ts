import type { NDArray } from "../../array.ts";
import { resizeBilinear } from "../../bilinear.ts";
import type { Grid } from "./vit.ts";

/**
 * Position embeddings [1, extra + h * w, dim] of one grid of patches resized to those of another:
 * bilinearly (align_corners=False), while the first `extra` tokens (class, distillation) stay.
 */
export function resizePosEmbed(
  embedding: NDArray,
  extra: number,
  from: Grid,
  to: Grid,
): NDArray {
  const [h, w] = from;
  const [batch, tokens, dim = 0] = embedding.shape;
  if (embedding.shape.length !== 3 || batch !== 1 || tokens !== extra + h * w) {
    throw new RangeError(
      `Cannot resize position embeddings: it needs [1, ${extra} + ${h} * ${w}, dim], ` +
        `got [${embedding.shape.join(", ")}]`,
    );
  }
  const grid = embedding.data.subarray(extra * dim);
  const resized = resizeBilinear({ shape: [dim, h, w], data: swap(grid, h * w, dim) }, ...to);
  const count = to[0] * to[1];
  const data = new Float32Array((extra + count) * dim);
  data.set(embedding.data.subarray(0, extra * dim));
  data.set(swap(resized.data, dim, count), extra * dim);
  return { shape: [1, extra + count, dim], data };
}

/** A matrix [rows, columns] as [columns, rows]. */
function swap(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const swapped = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) swapped[c * rows + r] = matrix[r * columns + c]!;
  }
  return swapped;
}
