/** Sums over axes and the operations whose gradients are made of them. */
import { apply, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { expand } from "./structure.ts";
import { div, mul } from "./math.ts";
import { scalar } from "../tensor.ts";

const sumRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "sum",
  shape: ([x], { axes }) => keptShape(x, axes),
  onnx: ({ axes }) => ({ type: "ReduceSum", attributes: { keepdims: { int: 1 } }, lists: [axes] }),
  grad: ([dy], [x]) => [expand(dy, x.shape)],
};

/** Sums over axes, which stay with side 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return apply(sumRule, [x], { axes: axes.map((axis) => fromStart(x, axis)) });
}

const meanRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "mean",
  shape: ([x], { axes }) => keptShape(x, axes),
  onnx: ({ axes }) => ({ type: "ReduceMean", attributes: { keepdims: { int: 1 } }, lists: [axes] }),
  grad: ([dy], [x], { axes }) => {
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    return [expand(mul(dy, scalar(1 / count)), x.shape)];
  },
};

/** Means over axes, which stay with side 1. */
export function mean(x: Tensor, axes: readonly number[]): Tensor {
  return apply(meanRule, [x], { axes: axes.map((axis) => fromStart(x, axis)) });
}

const l2NormRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "l2Norm",
  shape: ([x], { axes }) => keptShape(x, axes),
  onnx: ({ axes }) => ({ type: "ReduceL2", attributes: { keepdims: { int: 1 } }, lists: [axes] }),
  grad: ([dy], [x], _, [y]) => [mul(x, div(dy, y))],
};

/** Euclidean lengths over axes, which stay with side 1. The gradient at 0 is not defined. */
export function l2Norm(x: Tensor, axes: readonly number[]): Tensor {
  return apply(l2NormRule, [x], { axes: axes.map((axis) => fromStart(x, axis)) });
}

const sumSquaresRule: Rule<readonly [Tensor], Record<never, never>> = {
  name: "sumSquares",
  shape: () => [],
  onnx: () => ({ type: "ReduceSumSquare", attributes: { keepdims: { int: 0 } } }),
  grad: ([dy], [x]) => [mul(x, mul(dy, scalar(2)))],
};

/** The sum of all squares, a scalar. */
export function sumSquares(x: Tensor): Tensor {
  return apply(sumSquaresRule, [x], {});
}

/** An axis counted from the start; -1 is the last. */
export function fromStart(x: Tensor, axis: number): number {
  const rank = x.shape.length;
  if (axis < -rank || axis >= rank) {
    throw new RangeError(`Cannot use axis ${axis}: one of ${x} needed`);
  }
  return axis < 0 ? axis + rank : axis;
}

function keptShape(x: Tensor, axes: readonly number[]): Shape {
  return x.shape.map((side, i) => axes.includes(i) ? 1 : side);
}
