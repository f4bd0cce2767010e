import { bilinearTaps } from "../../bilinear.ts";
import type { Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { matrix } from "./resize.ts";
import { concat } from "./structure.ts";

/**
 * The sum of maps x [b, c, h, w] of several sizes, each resized bilinearly to [b, c, height, width].
 * Widths one by one; then one product with their matrices side by side resizes all heights and adds.
 */
export function sumResized(maps: readonly Tensor[], height: number, width: number): Tensor {
  const wide = maps.map((x) =>
    matmul(x, matrix(bilinearTaps(x.shape[3]!, width), x.shape[3]!, "columns"))
  );
  const rows = maps.map(({ shape }) => matrix(bilinearTaps(shape[2]!, height), shape[2]!, "rows"));
  return matmul(concat(rows, 1), concat(wide, 2));
}
