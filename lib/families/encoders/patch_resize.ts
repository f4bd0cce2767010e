import { Matrix, pseudoInverse } from "ml-matrix";
import type { NDArray } from "../../array.ts";
import { resizeBilinear } from "../../bilinear.ts";
import { filterWeights } from "../../images/antialiased.ts";
import type { PatchResize } from "../recipe.ts";
import type { VitConfig } from "./vit.ts";

/**
 * Fits a checkpoint's patch embedding, below a path, to an encoder's patches, in place. "none" leaves it
 * as it is; where its patches have another side it then has no place in the network.
 */
export function fitPatches(
  tensors: Map<string, NDArray>,
  path: string,
  { patch }: Pick<VitConfig, "patch">,
  rule: PatchResize,
): void {
  const name = `${path}patch_embed.proj.weight`;
  const weight = tensors.get(name);
  if (rule === "none" || weight?.shape.length !== 4 || weight.shape[3] === patch) return;
  tensors.set(name, rule === "bilinear" ? bilinear(weight, patch) : pseudoInverted(weight, patch));
}

/** Kernels [dim, 3, p, p] resized as if they were pictures, bilinearly without antialiasing. */
export function bilinear({ shape, data }: NDArray, patch: number): NDArray {
  const [dim, channels, side] = shape as [number, number, number];
  const kernels = { shape: [dim * channels, side, side], data };
  return { shape: [dim, channels, patch, patch], data: resizeBilinear(kernels, patch, patch).data };
}

/**
 * Kernels [dim, 3, p, p] for another patch by the pseudo-inverse of resizing (FlexiViT, Beyer et al.
 * 2023, section 3.4): those whose product with a resized patch is nearest to what the old ones gave of
 * the patch. Patches are resized bicubically with antialiasing, which works on rows and columns alike,
 * so that W' = Pᵀ W P with P [p, p'] the pseudo-inverse along one side.
 */
export function pseudoInverted({ shape, data }: NDArray, patch: number): NDArray {
  const [dim, channels, side] = shape as [number, number, number];
  const inverse = pseudoInverse(resizing(side, patch));
  const before = inverse.transpose();
  const kernels = Array.from({ length: dim * channels }, (_, i) => {
    const kernel = data.subarray(i * side * side, (i + 1) * side * side);
    return before.mmul(Matrix.from1DArray(side, side, kernel)).mmul(inverse).to1DArray();
  });
  return { shape: [dim, channels, patch, patch], data: new Float32Array(kernels.flat()) };
}

/** The matrix [to, from] of a bicubic resize along one side, with antialiasing. */
function resizing(from: number, to: number): Matrix {
  const matrix = Matrix.zeros(to, from);
  for (const [row, { start, weights }] of filterWeights(from, to, "bicubic").entries()) {
    for (const [k, weight] of weights.entries()) matrix.set(row, start + k, weight);
  }
  return matrix;
}
