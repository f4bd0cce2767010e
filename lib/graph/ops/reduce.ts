/** Means and Euclidean lengths over axes. */
import { apply, type Rule, scalar, type Tensor } from "../tensor.ts";
import { axesOf, expand, keptShape } from "./broadcast.ts";
import { div, mul } from "./math.ts";

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
  return apply(meanRule, [x], { axes: axesOf(x, axes) });
}

const l2NormRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "l2Norm",
  shape: ([x], { axes }) => keptShape(x, axes),
  onnx: ({ axes }) => ({ type: "ReduceL2", attributes: { keepdims: { int: 1 } }, lists: [axes] }),
  grad: ([dy], [x], _, [y]) => [mul(x, div(dy, y))],
};

/** Euclidean lengths over axes, which stay with side 1. The gradient at 0 is not defined. */
export function l2Norm(x: Tensor, axes: readonly number[]): Tensor {
  return apply(l2NormRule, [x], { axes: axesOf(x, axes) });
}

const sumSquaresRule: Rule<readonly [Tensor], { axes: readonly number[] | null }> = {
  name: "sumSquares",
  shape: ([x], { axes }) => axes ? keptShape(x, axes) : [],
  onnx: ({ axes }) => ({
    type: "ReduceSumSquare",
    attributes: { keepdims: { int: axes ? 1 : 0 } },
    ...axes && { lists: [axes] },
  }),
  grad: ([dy], [x]) => [mul(x, mul(dy, scalar(2)))],
};

/** The sum of all squares, a scalar; over axes, which stay with side 1, where some are given. */
export function sumSquares(x: Tensor, axes?: readonly number[]): Tensor {
  return apply(sumSquaresRule, [x], { axes: axes ? axesOf(x, axes) : null });
}
