/** The class of each pixel. */
import { apply, type Rule, type Tensor } from "../tensor.ts";
import { byte } from "./math.ts";

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
