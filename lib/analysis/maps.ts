import type { NDArray } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";
import type { Size } from "../images/image.ts";

/**
 * A map [rows, columns], whose cells are `side` pixels wide, brought to an image [h, w] from its upper left
 * corner: what reaches beyond the image is cut off, and what no cell covers is NaN.
 */
export function overImage({ shape, data }: NDArray, side: number, [h, w]: Size): Float32Array {
  const [rows, columns] = shape as [number, number];
  const [height, width] = [rows * side, columns * side];
  const large = resizeBilinear({ shape: [1, rows, columns], data }, height, width).data;
  const over = new Float32Array(h * w).fill(NaN);
  for (let y = 0; y < Math.min(h, height); y++) {
    over.set(large.subarray(y * width, y * width + Math.min(w, width)), y * w);
  }
  return over;
}

/** A number for a JSON file, in four significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A map's rows of such numbers. */
export function roundedRows({ shape, data }: NDArray): number[][] {
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, y) => {
    return Array.from(data.subarray(y * columns, (y + 1) * columns), rounded);
  });
}

/** What is added to the names of the pictures' files: nothing where there is one; each once. */
export function pictureNames(found: readonly { readonly name: string }[]): string[] {
  if (found.length === 1) return [""];
  const safe = found.map(({ name }) => name.replaceAll(/[^\p{L}\p{N}.-]+/gu, "_"));
  return safe.map((name, i) => safe.indexOf(name) === i ? name : `${name}_${i + 1}`);
}
