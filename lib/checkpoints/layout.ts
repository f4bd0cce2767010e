import { type NDArray, sizeOf } from "../array.ts";

/** A tensor with its axes in another order, as numpy's transpose. */
export function permute({ shape, data }: NDArray, axes: readonly number[]): NDArray {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const target = axes.map((axis) => shape[axis]!);
  const steps = axes.map((axis) => strides[axis]!);
  const permuted = new Float32Array(data.length);
  const index = target.map(() => 0);
  for (let i = 0, from = 0; i < permuted.length; i++) {
    permuted[i] = data[from]!;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < target[axis]!) break;
      from -= target[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return { shape: target, data: permuted };
}

/** The same values under another shape. */
export function reshaped({ shape, data }: NDArray, target: readonly number[]): NDArray {
  if (sizeOf(target) === data.length) return { shape: target, data };
  throw new RangeError(
    `Cannot reshape a tensor to [${target}]: ${sizeOf(target)} values needed, got [${shape}]`,
  );
}

/** A matrix [rows, columns] as [columns, rows]. */
export function transposed(matrix: NDArray): NDArray {
  return permute(matrix, [1, 0]);
}
