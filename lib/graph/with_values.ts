import { applyAll, nodesOf, type Tensor } from "./tensor.ts";

type Outputs<Name extends string> = Readonly<Record<Name, Tensor>>;

/** Outputs of the same operations on other values: `values` has, of some tensors, what stands in their place. */
export function withValues<Name extends string>(
  outputs: Outputs<Name>,
  values: ReadonlyMap<Tensor, Tensor>,
): Outputs<Name> {
  const known = new Map(values);
  const now = (tensor: Tensor) => known.get(tensor) ?? tensor;
  const all = Object.entries<Tensor>(outputs);
  for (const { rule, inputs, attributes, outputs } of nodesOf(all.map(([, tensor]) => tensor))) {
    const others = inputs.map(now);
    if (others.every((input, i) => input === inputs[i])) continue;
    const ys = applyAll(rule, others, attributes);
    for (const [i, y] of outputs.entries()) known.set(y, ys[i]!);
  }
  return Object.fromEntries(all.map(([name, tensor]) => [name, now(tensor)])) as Outputs<Name>;
}
