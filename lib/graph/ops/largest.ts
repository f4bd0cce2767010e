import { applyAll, type Rule, type Tensor } from "../tensor.ts";
import { float, mul, oneHot } from "./math.ts";

const largestRule: Rule<readonly [Tensor], Record<never, never>> = {
  name: "largest",
  shape: ([x]) => x.shape.with(-1, 1),
  more: ([x]) => [x.shape.with(-1, 1)],
  moreDtype: "int64",
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
