/** Places along an axis: where the largest value stands, and what stands at an index. */
import { apply, applyAll, constant, type Rule, type Tensor } from "../tensor.ts";
import { byte, equal, float, mul } from "./math.ts";

/** Float indices [..., 1] to rows [..., depth]: 1 at the index, 0 elsewhere and beyond the depth. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  return float(equal(indices, constant(Array.from({ length: depth }, (_, i) => i))));
}

const takeRule: Rule<readonly [Tensor, Tensor], Record<never, never>> = {
  name: "take",
  shape: ([x, indices]) => {
    const shape = x.shape.with(-1, 1);
    if (indices.shape.join() !== shape.join() || indices.dtype !== "int64") {
      throw new RangeError(
        `Cannot take from ${x}: int64[${shape.join(", ")}] needed, got ${indices}`,
      );
    }
    return shape;
  },
  onnx: () => ({ type: "GatherElements", attributes: { axis: { int: -1 } } }),
  grad: ([dy], [x, indices]) => [mul(oneHot(float(indices), x.shape.at(-1)!), dy), null],
};

/** Of each row of x [..., n] the element at an int64 index [..., 1]. */
export function take(x: Tensor, indices: Tensor): Tensor {
  return apply(takeRule, [x, indices], {});
}

const largestRule: Rule<readonly [Tensor], Record<never, never>> = {
  name: "largest",
  shape: ([x]) => x.shape.with(-1, 1),
  furtherShapes: ([x]) => [x.shape.with(-1, 1)],
  furtherDtype: "int64",
  onnx: () => ({ type: "TopK", attributes: { axis: { int: -1 } }, lists: [[1]] }),
  grad: ([dy], [x], _, [, index]) => [mul(oneHot(float(index!), x.shape.at(-1)!), dy)],
};

/**
 * The largest value of each row of x [..., n] and where it stands, as int64, the first of equals:
 * both [..., 1].
 */
export function largest(x: Tensor): { readonly value: Tensor; readonly index: Tensor } {
  const [value, index] = applyAll(largestRule, [x], {});
  return { value, index: index! };
}

const argMaxRule: Rule<readonly [Tensor], { axis: number }> = {
  name: "argMax",
  shape: ([x], { axis }) => x.shape.toSpliced(axis, 1),
  dtype: "int64",
  onnx: ({ axis }) => ({
    type: "ArgMax",
    attributes: { axis: { int: axis }, keepdims: { int: 0 } },
  }),
  grad: () => [null],
};

/** Labels uint8 [b, h, w] of logits [b, classes, h, w], at most 256: the first of the largest. */
export function argMax(logits: Tensor): Tensor {
  const [, classes] = logits.dims(4);
  if (classes > 256) {
    throw new RangeError(`Cannot take labels: at most 256 classes needed, got ${logits}`);
  }
  return byte(apply(argMaxRule, [logits], { axis: 1 }));
}
