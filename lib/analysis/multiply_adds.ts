import { sizeOf } from "../array.ts";
import { type Node, nodesOf, type Tensor } from "../graph/tensor.ts";

/**
 * How many multiplications, each with its addition, the matrix products and convolutions take that
 * the outputs need: what the papers' tables call FLOPs. Elementwise operations, norms and products
 * with constants of the graph (bilinear resizing) do not count there.
 */
export function multiplyAdds(outputs: readonly Tensor[]): number {
  return nodesOf(outputs).reduce((sum, node) => sum + multiplyAddsOf(node), 0);
}

/** Those of a single operation. */
export function multiplyAddsOf({ rule, inputs, attributes, outputs }: Node): number {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const emission = rule.onnx(attributes, inputs);
  const count = "alias" in emission ? undefined : counts[emission.type];
  if (!count || a.origin.kind === "constant" || b.origin.kind === "constant") return 0;
  return count(outputs[0]!, a, b);
}

/** Multiply-adds by ONNX operator, of the output y and the first two inputs. */
const counts: Readonly<Record<string, (y: Tensor, a: Tensor, b: Tensor) => number>> = {
  MatMul: (y, a) => sizeOf(y.shape) * a.shape.at(-1)!,
  Gemm: (y, a) => sizeOf(y.shape) * sizeOf(a.shape) / y.shape[0]!, // a is [m, k] or [k, m]
  Conv: (y, _, weight) => sizeOf(y.shape) * sizeOf(weight.shape.slice(1)),
  ConvTranspose: (_, x, weight) => sizeOf(x.shape) * sizeOf(weight.shape.slice(1)),
};
