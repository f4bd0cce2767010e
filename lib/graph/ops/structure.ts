/** Operations that move values and do not change them. Adjoint pairs stand together. */
import { sizeOf } from "../../array.ts";
import { apply, applyAll, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { scalar } from "../tensor.ts";
import { sum } from "./reduce.ts";

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

const expandRule: Rule<readonly [Tensor], { shape: Shape }> = {
  name: "expand",
  shape: ([x], { shape }) => {
    const offset = shape.length - x.shape.length;
    if (offset < 0 || x.shape.some((side, i) => side !== 1 && side !== shape[i + offset])) {
      throw new RangeError(`Cannot expand ${x} to [${shape.join(", ")}]: sides of 1 needed`);
    }
    return shape;
  },
  onnx: ({ shape }) => ({ type: "Expand", lists: [shape] }),
  grad: ([dy], [x]) => [sumTo(dy, x.shape)],
};

/** Repeated along axes of side 1 and along new leading axes, as NumPy broadcasts. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return x.shape.join() === shape.join() ? x : apply(expandRule, [x], { shape });
}

/** The adjoint of expand: summed over the axes that broadcasting repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const offset = x.shape.length - shape.length;
  const axes = x.shape.flatMap((side, i) =>
    i < offset || (shape[i - offset] === 1 && side !== 1) ? [i] : []
  );
  return axes.length === 0 ? x : reshape(sum(x, axes), shape);
}

const concatRule: Rule<readonly Tensor[], { axis: number }> = {
  name: "concat",
  shape: ([first, ...others], { axis }) => {
    if (!first) throw new RangeError("Cannot concat: at least one tensor needed, got none");
    if (first.shape[axis] === undefined) {
      throw new RangeError(`Cannot concat on axis ${axis}: an axis of ${first} needed`);
    }
    const rest = (x: Tensor) => x.shape.toSpliced(axis, 1).join();
    const odd = others.find((x) => rest(x) !== rest(first));
    if (odd) throw new RangeError(`Cannot concat on axis ${axis}: ${first} and ${odd} do not fit`);
    const side = others.reduce((sum, x) => sum + x.shape[axis]!, first.shape[axis]!);
    return first.shape.with(axis, side);
  },
  onnx: ({ axis }) => ({ type: "Concat", attributes: { axis: { int: axis } } }),
  grad: ([dy], inputs, { axis }) => split(dy, axis, inputs.map((x) => x.shape[axis]!)),
};

/** Tensors joined along an axis. */
export function concat(inputs: readonly Tensor[], axis: number): Tensor {
  return inputs.length === 1 ? inputs[0]! : apply(concatRule, inputs, { axis });
}

interface Split {
  readonly axis: number;
  readonly sides: readonly number[];
}

const splitRule: Rule<readonly [Tensor], Split> = {
  name: "split",
  shape: ([x], { axis, sides }) => {
    if (sides.reduce((sum, side) => sum + side, 0) !== x.shape[axis]) {
      throw new RangeError(`Cannot split ${x} on axis ${axis}: its side needed, got [${sides}]`);
    }
    return x.shape.with(axis, sides[0]!);
  },
  more: ([x], { axis, sides }) => sides.slice(1).map((side) => x.shape.with(axis, side)),
  onnx: ({ axis, sides }) => ({
    type: "Split",
    attributes: { axis: { int: axis } },
    lists: [sides],
  }),
  grad: (dys, _, { axis }, ys) => [
    concat(ys.map((y, i) => dys[i] ?? expand(scalar(0), y.shape)), axis),
  ],
};

/** Consecutive pieces along an axis: the adjoint of concat. */
export function split(x: Tensor, axis: number, sides: readonly number[]): readonly Tensor[] {
  return sides.length === 1 ? [x] : applyAll(splitRule, [x], { axis, sides });
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
