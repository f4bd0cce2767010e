/** Broadcasting as in NumPy: `expand` repeats, `sum` adds up what was repeated. Each is the other's gradient. */
import { apply, type Rule, type Shape, type Tensor } from "../tensor.ts";
import { reshape } from "./structure.ts";

/** The shape of an elementwise operation's result; `name` is what cannot be done otherwise. */
export function broadcastShape(name: string, [a, b]: readonly [Tensor, Tensor]): Shape {
  if (a.dtype !== b.dtype) {
    throw new TypeError(`Cannot ${name}: values of one type needed, got ${a} and ${b}`);
  }
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a.shape[i - rank + a.shape.length] ?? 1;
    const q = b.shape[i - rank + b.shape.length] ?? 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new RangeError(`Cannot ${name}: shapes that broadcast needed, got ${a} and ${b}`);
    }
    return p === 1 ? q : p;
  });
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

/** Repeated along axes of side 1 and along new leading axes. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return x.shape.join() === shape.join() ? x : apply(expandRule, [x], { shape });
}

const sumRule: Rule<readonly [Tensor], { axes: readonly number[] }> = {
  name: "sum",
  shape: ([x], { axes }) => keptShape(x, axes),
  onnx: ({ axes }) => ({ type: "ReduceSum", attributes: { keepdims: { int: 1 } }, lists: [axes] }),
  grad: ([dy], [x]) => [expand(dy, x.shape)],
};

/** Sums over axes, which stay with side 1. */
export function sum(x: Tensor, axes: readonly number[]): Tensor {
  return apply(sumRule, [x], { axes: axesOf(x, axes) });
}

/** The adjoint of expand: summed over the axes that broadcasting repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const offset = x.shape.length - shape.length;
  const axes = x.shape.flatMap((side, i) =>
    i < offset || (shape[i - offset] === 1 && side !== 1) ? [i] : []
  );
  return axes.length === 0 ? x : reshape(sum(x, axes), shape);
}

/** Axes of x counted from the start; -1 is the last. */
export function axesOf(x: Tensor, axes: readonly number[]): number[] {
  const rank = x.shape.length;
  return axes.map((axis) => {
    if (axis < -rank || axis >= rank) {
      throw new RangeError(`Cannot use axis ${axis}: one of ${x} needed`);
    }
    return axis < 0 ? axis + rank : axis;
  });
}

/** The shape of x with side 1 on axes. */
export function keptShape(x: Tensor, axes: readonly number[]): Shape {
  return x.shape.map((side, i) => axes.includes(i) ? 1 : side);
}
