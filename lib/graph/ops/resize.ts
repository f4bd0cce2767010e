import { constant, type Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";

/**
 * Bilinear interpolation of x [..., h, w] to [..., height, width] without antialiasing, as torch's
 * F.interpolate with align_corners false. It is two products with constant matrices, and so is its
 * gradient.
 */
export function resizeBilinear(x: Tensor, height: number, width: number): Tensor {
  const [h, w] = x.shape.slice(-2) as [number, number];
  const wide = w === width ? x : matmul(x, constant(interpolation(w, width), [w, width]));
  return h === height ? wide : matmul(constant(columns(h, height), [height, h]), wide);
}

/** The matrix [from, to] whose column i holds the weights of the inputs that output i mixes. */
function interpolation(from: number, to: number): Float32Array {
  const matrix = new Float32Array(from * to);
  for (let i = 0; i < to; i++) {
    const centre = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(centre), from - 1);
    const high = Math.min(low + 1, from - 1);
    matrix[low * to + i]! += 1 - (centre - low);
    matrix[high * to + i]! += centre - low;
  }
  return matrix;
}

function columns(from: number, to: number): Float32Array {
  const matrix = interpolation(from, to);
  return Float32Array.from(
    { length: from * to },
    (_, k) => matrix[(k % from) * to + Math.floor(k / from)]!,
  );
}
