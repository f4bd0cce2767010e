import { matmul } from "../graph/ops/matmul.ts";
import { constant, type Tensor } from "../graph/tensor.ts";

/**
 * Means over rows × columns cells of maps x [..., h, w], to [..., rows, columns]: torch's
 * adaptive_avg_pool2d, whose cells begin at ⌊i h / rows⌋ and end before ⌈(i + 1) h / rows⌉ and overlap where
 * they have to. Such a mean is one over rows of one over columns: two products with constant matrices.
 */
export function adaptiveMeanPool(x: Tensor, rows: number, columns: number): Tensor {
  const [h, w] = x.shape.slice(-2) as [number, number];
  const wide = matmul(constant(shares(h, rows), [rows, h]), x);
  return matmul(wide, constant(transposed(shares(w, columns), columns, w), [w, columns]));
}

/** What each of `from` places counts in each of `to` cells, cell by cell. */
function shares(from: number, to: number): Float32Array {
  const data = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const [start, end] = [Math.floor(i * from / to), Math.ceil((i + 1) * from / to)];
    data.fill(1 / (end - start), i * from + start, i * from + end);
  }
  return data;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
}
