import type { NDArray } from "../../array.ts";
import { concat } from "../../graph/ops/concat.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { reshape, slice } from "../../graph/ops/structure.ts";
import { constant, type Tensor } from "../../graph/tensor.ts";
import { filterWeights } from "../../images/antialiased.ts";
import type { Grid } from "./vit.ts";

/**
 * How a table of position embeddings goes to another grid, always bicubically: as torch interpolates to a
 * size, the same with antialiasing, or DINOv2's first way, in which torch is told the factor (h + 0.1) / M
 * and so takes coordinates that are not those of the size (dinov2/models/vision_transformer.py).
 */
export type TableRule = "bicubic" | "antialiased" | "scaled";

/**
 * Position embeddings [1, prefix + n, dim] of a grid for another one; the rows of the `prefix` tokens before the
 * patches stay. On the same grid the table is taken as it is.
 */
export function resizedTable(
  table: Tensor,
  prefix: number,
  from: Grid,
  to: Grid,
  rule: TableRule,
): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return table;
  const [, , dim] = table.dims(3);
  const before = slice(table, [0, 0, 0], [1, prefix, dim]);
  const cells = slice(table, [0, prefix, 0], [1, from[0] * from[1], dim]);
  const along = (axis: 0 | 1) => {
    return constant(mixing(from[axis], to[axis], rule), [to[axis], from[axis]]);
  };
  const tall = matmul(along(0), reshape(cells, [from[0], from[1] * dim]));
  const wide = matmul(along(1), reshape(tall, [to[0], from[1], dim])); // [rows, columns, dim]
  const resized = reshape(wide, [1, to[0] * to[1], dim]);
  return prefix === 0 ? resized : concat([before, resized], 1);
}

/** The same for a table as numbers. */
export function resizedTableOf(
  { shape, data }: NDArray,
  prefix: number,
  from: Grid,
  to: Grid,
  rule: TableRule,
): NDArray {
  const dim = shape[2]!;
  const [rows, columns] = [mixing(from[0], to[0], rule), mixing(from[1], to[1], rule)];
  const tall = mixed(rows, to[0], from[0], data.subarray(prefix * dim), from[1] * dim);
  const resized = new Float32Array((prefix + to[0] * to[1]) * dim);
  resized.set(data.subarray(0, prefix * dim));
  for (let row = 0; row < to[0]; row++) {
    const line = tall.subarray(row * from[1] * dim, (row + 1) * from[1] * dim);
    resized.set(mixed(columns, to[1], from[1], line, dim), (prefix + row * to[1]) * dim);
  }
  return { shape: [1, prefix + to[0] * to[1], dim], data: resized };
}

/** A matrix [to, from] times rows [from, width]. */
function mixed(
  matrix: Float32Array,
  to: number,
  from: number,
  rows: Float32Array,
  width: number,
): Float32Array {
  const result = new Float32Array(to * width);
  for (let i = 0; i < to; i++) {
    for (let k = 0; k < from; k++) {
      const share = matrix[i * from + k]!;
      if (share === 0) continue;
      for (let j = 0; j < width; j++) result[i * width + j]! += share * rows[k * width + j]!;
    }
  }
  return result;
}

/** How `to` cells along an axis are made of `from`: a matrix [to, from], row by row. */
function mixing(from: number, to: number, rule: TableRule): Float32Array {
  const matrix = new Float32Array(to * from);
  if (rule === "antialiased") {
    for (const [row, { start, weights }] of filterWeights(from, to, "bicubic").entries()) {
      for (const [k, weight] of weights.entries()) matrix[row * from + start + k]! += weight;
    }
    return matrix;
  }
  const step = rule === "scaled" ? from / (to + 0.1) : from / to;
  for (let row = 0; row < to; row++) {
    const source = (row + 0.5) * step - 0.5;
    const first = Math.floor(source) - 1;
    for (let k = 0; k < 4; k++) {
      const column = Math.min(Math.max(first + k, 0), from - 1);
      matrix[row * from + column]! += cubic(source - (first + k));
    }
  }
  return matrix;
}

/** Torch's parameter of the cubic kernel where it does not antialias. */
const A = -0.75;

/** Keys' cubic convolution kernel at a distance of at most 2. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
}
