import { bilinearTaps, type Taps } from "../../bilinear.ts";
import { constant, type Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { reshape } from "./structure.ts";

/**
 * Bilinear interpolation of x [..., h, w] to [..., height, width] without antialiasing, as torch's
 * F.interpolate with either align_corners. It is two products with constant matrices, and so is its
 * gradient.
 */
export function resizeBilinear(
  x: Tensor,
  height: number,
  width: number,
  alignCorners = false,
): Tensor {
  const [h, w] = x.shape.slice(-2) as [number, number];
  const wide = w === width
    ? x
    : matmul(x, matrix(bilinearTaps(w, width, alignCorners), w, "columns"));
  if (h === height) return wide;
  return matmul(matrix(bilinearTaps(h, height, alignCorners), h, "rows"), wide);
}

/** The same with align_corners false for x [b, h, w, channels], to [b, height, width, channels]. */
export function resizeBilinearLast(x: Tensor, height: number, width: number): Tensor {
  const [b, h, w, channels] = x.dims(4);
  const wide = w === width ? x : matmul(matrix(bilinearTaps(w, width), w, "rows"), x);
  if (h === height) return wide;
  const lines = reshape(wide, [b, h, width * channels]);
  return reshape(matmul(matrix(bilinearTaps(h, height), h, "rows"), lines), [
    b,
    height,
    width,
    channels,
  ]);
}

/** How outputs mix inputs: [to, from] with an output in each row, or [from, to] in each column. */
function matrix(
  { low, high, weight }: Taps,
  from: number,
  outputs: "rows" | "columns",
): Tensor {
  const to = low.length;
  const data = new Float32Array(from * to);
  const [perOutput, perInput] = outputs === "rows" ? [from, 1] : [1, to];
  for (let i = 0; i < to; i++) {
    data[i * perOutput + low[i]! * perInput]! += 1 - weight[i]!;
    data[i * perOutput + high[i]! * perInput]! += weight[i]!;
  }
  return constant(data, outputs === "rows" ? [to, from] : [from, to]);
}
