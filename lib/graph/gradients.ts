import { type Node, nodesOf, scalar, type Tensor } from "./tensor.ts";
import { expand } from "./ops/broadcast.ts";
import { add } from "./ops/math.ts";

/**
 * d loss / d target for each target, as an extension of the graph (reverse-mode differentiation).
 * `loss` is a scalar; a target that it does not depend on is a RangeError.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): Tensor[] {
  if (loss.shape.length > 0) {
    throw new RangeError(`Cannot take gradients: the loss must be a scalar, got ${loss}`);
  }
  const dependent = new Set<Tensor>(targets);
  const order = nodesOf([loss]).filter((node) => {
    const depends = node.inputs.some((input) => dependent.has(input));
    if (depends) node.outputs.forEach((output) => dependent.add(output));
    return depends;
  });

  const sums = new Map<Tensor, Tensor>([[loss, scalar(1)]]);
  for (const node of order.reverse()) {
    for (const [i, gradient] of inputGradients(node, sums).entries()) {
      const input = node.inputs[i]!;
      if (gradient === null || !dependent.has(input)) continue;
      if (gradient.shape.join() !== input.shape.join()) {
        throw new RangeError(
          `Cannot take the gradient of ${node.rule.name}: input ${i} is ${input}, got ${gradient}`,
        );
      }
      const sum = sums.get(input);
      sums.set(input, sum ? add(sum, gradient) : gradient);
    }
  }
  return targets.map((target) => {
    const gradient = sums.get(target);
    if (gradient) return gradient;
    const name = target.origin.kind === "input" ? `"${target.origin.name}"` : "a target";
    throw new RangeError(`Cannot take gradients: the loss does not depend on ${name} ${target}`);
  });
}

function inputGradients(node: Node, sums: ReadonlyMap<Tensor, Tensor>): readonly (Tensor | null)[] {
  const dys = node.outputs.map((output) => sums.get(output) ?? null);
  if (dys.every((dy) => dy === null)) return [];
  const [y] = node.outputs as [Tensor];
  const first = dys[0] ?? expand(scalar(0), y.shape);
  return node.rule.grad(
    [first, ...dys.slice(1)],
    node.inputs,
    node.attributes,
    node.outputs as [Tensor, ...Tensor[]],
  );
}
