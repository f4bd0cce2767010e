/** Operations that move values and do not change them. Adjoint pairs stand together. */
import { sizeOf } from "../../array.ts";
import { apply, type Rule, type Shape, type Tensor } from "../tensor.ts";

const reshapeRule: Rule<readonly [Tensor], { shape: Shape }> = {
  name: "reshape",
  shape: ([x], { shape }) => {
    if (sizeOf(x.shape) !== sizeOf(shape)) {
      throw new RangeError(`Cannot reshape ${x} to [${shape.join(", ")}]: sizes differ`);
    }
    return shape;
  },
  onnx: ({ shape }) => ({ type: "Reshape", lists: [shape] }),
  grad: ([dy], [x]) => [reshape(dy, x.shape)],
};

/** The same values in row-major order under another shape of the same size. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return x.shape.join() === shape.join() ? x : apply(reshapeRule, [x], { shape });
}

const transposeRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "transpose",
  shape: ([x], { axes }) => {
    if ([...axes].sort((a, b) => a - b).join() !== x.shape.map((_, i) => i).join()) {
      throw new RangeError(
        `Cannot transpose ${x}: a permutation of its axes needed, got [${axes}]`,
      );
    }
    return axes.map((axis) => x.shape[axis]!);
  },
  onnx: ({ axes }) => ({ type: "Transpose", attributes: { perm: { ints: axes } } }),
  grad: ([dy], _, { axes }) => [transpose(dy, axes.map((_, i) => axes.indexOf(i)))],
};

/** Axes in another order: y.shape[i] = x.shape[axes[i]]. */
export function transpose(x: Tensor, axes: readonly number[]): Tensor {
  return apply(transposeRule, [x], { axes });
}

/** The last two axes swapped: a stack of matrices transposed. */
export function swapLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, [...x.shape.keys()].map((i) => i < rank - 2 ? i : 2 * rank - 3 - i));
}

interface Window {
  readonly starts: readonly number[];
  readonly sides: readonly number[];
}

const sliceRule: Rule<readonly [Tensor], Window> = {
  name: "slice",
  shape: ([x], { starts, sides }) => {
    if (x.shape.some((side, i) => starts[i]! < 0 || starts[i]! + sides[i]! > side)) {
      throw new RangeError(`Cannot slice ${x}: inside needed, got [${sides}] from [${starts}]`);
    }
    return sides;
  },
  onnx: ({ starts, sides }) => ({
    type: "Slice",
    lists: [starts, starts.map((start, i) => start + sides[i]!)],
  }),
  grad: ([dy], [x], { starts }) => [pad(dy, starts, x.shape)],
};

/** The box of shape `sides` that begins at `starts`. */
export function slice(x: Tensor, starts: readonly number[], sides: Shape): Tensor {
  const whole = x.shape.join() === sides.join() && starts.every((start) => start === 0);
  return whole ? x : apply(sliceRule, [x], { starts, sides });
}

const padRule: Rule<readonly [Tensor], { before: readonly number[]; shape: Shape }> = {
  name: "pad",
  shape: ([x], { before, shape }) => {
    if (x.shape.some((side, i) => before[i]! < 0 || before[i]! + side > shape[i]!)) {
      throw new RangeError(`Cannot pad ${x} to [${shape.join(", ")}] from [${before}]`);
    }
    return shape;
  },
  onnx: ({ before, shape }, [x]) => ({
    type: "Pad",
    lists: [[...before, ...shape.map((side, i) => side - before[i]! - x.shape[i]!)]],
  }),
  grad: ([dy], [x], { before }) => [slice(dy, before, x.shape)],
};

/** Zeros around x: it begins at `before` in a tensor of `shape`. The adjoint of slice. */
export function pad(x: Tensor, before: readonly number[], shape: Shape): Tensor {
  const same = x.shape.join() === shape.join() && before.every((start) => start === 0);
  return same ? x : apply(padRule, [x], { before, shape });
}
