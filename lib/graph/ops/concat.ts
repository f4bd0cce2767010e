/** Tensors joined along an axis and taken apart again: each is the other's gradient. */
import { apply, applyAll, type Rule, scalar, type Tensor } from "../tensor.ts";
import { expand } from "./broadcast.ts";

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
  furtherShapes: ([x], { axis, sides }) => sides.slice(1).map((side) => x.shape.with(axis, side)),
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
