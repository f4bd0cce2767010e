import { sizeOf } from "../array.ts";
import { shapeFault } from "./limits.ts";

/** A tensor's place in a row: element [i, j] is at offset + i * stride[0] + j * stride[1]. */
export interface StridedView {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

const MAX_AXES = 64; // as PyTorch has it

/** What a view of `length` elements needs and what it has, where that differs. */
export function viewFault(view: StridedView, length: number): [string, string] | undefined {
  const { offset, shape, stride } = view;
  if (shape.length > MAX_AXES) return [`at most ${MAX_AXES} axes`, `${shape.length}`];
  const numbers = [offset, ...shape, ...stride];
  if (shape.length !== stride.length || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    return [
      "an offset, and a shape and a stride of as many numbers from 0 on",
      `offset ${offset}, shape [${shape}], stride [${stride}]`,
    ];
  }
  const size = sizeOf(shape);
  const fault = shapeFault(shape);
  if (fault) return fault;
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * stride[axis]!, offset);
  if (Number.isSafeInteger(size) && (size === 0 || last < length)) return undefined;
  return [
    `a storage of ${
      last + 1
    } elements or more for offset ${offset}, shape [${shape}], stride [${stride}]`,
    `${length}`,
  ];
}

/** The elements of a view of a storage, row-major, in a buffer of their own. */
export function gather(storage: Float32Array, view: StridedView): Float32Array {
  const { offset, shape } = view;
  const size = sizeOf(shape);
  if (isRowMajor(view)) return storage.slice(offset, offset + size);
  const data = new Float32Array(size);
  if (size > 0) copy(storage, withoutOnes(view), data, 0, 0, offset);
  return data;
}

/** Whether the elements follow each other; the stride of a side of 1 is never used. */
export function isRowMajor({ shape, stride }: StridedView): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** The same elements without the sides of 1, each of which would be a call for every element. */
function withoutOnes({ offset, shape, stride }: StridedView): StridedView {
  const kept = (_: number, axis: number) => shape[axis] !== 1;
  return { offset, shape: shape.filter(kept), stride: stride.filter(kept) };
}

/** Fills `data` from `to` on with the part of the view below `axis`; returns where it ends. */
function copy(
  storage: Float32Array,
  view: StridedView,
  data: Float32Array,
  axis: number,
  to: number,
  from: number,
): number {
  const side = view.shape[axis]!;
  const step = view.stride[axis]!;
  if (axis === view.shape.length - 1) {
    for (let i = 0; i < side; i++) data[to + i] = storage[from + i * step]!;
    return to + side;
  }
  for (let i = 0; i < side; i++) to = copy(storage, view, data, axis + 1, to, from + i * step);
  return to;
}
