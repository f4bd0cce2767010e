import { applyAll, input, type Node, nodesOf, type Tensor } from "./tensor.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** A graph in two: what is computed first, and the rest, which takes what it uses of it by name. */
export interface Cut {
  /** The early values, and `saved/0` … */
  readonly first: Tensors;
  readonly second: Tensors;
}

/**
 * Cuts a graph behind some of its values, so that something can be decided by them before the rest is computed,
 * and nothing is computed twice.
 */
export function cut(outputs: Tensors, early: Tensors): Cut {
  const before = new Set(nodesOf(Object.values(early)));
  const saved: Record<string, Tensor> = {};
  const known = new Map<Tensor, Tensor>();

  /** What stands for an early tensor in the second graph. */
  const stand = (tensor: Tensor): Tensor => {
    const { origin } = tensor;
    if (origin.kind !== "operation") return tensor;
    const found = known.get(tensor);
    if (found) return found;
    const name = `saved/${Object.keys(saved).length}`;
    const free = isFree(origin.node);
    if (!free) saved[name] = tensor;
    const other = free ? again(origin.node) : input(name, tensor.shape, tensor.dtype);
    known.set(tensor, other);
    return other;
  };
  const again = ({ rule, inputs, attributes }: Node): Tensor =>
    applyAll(rule, inputs.map(stand), attributes)[0];

  for (const node of nodesOf(Object.values(outputs))) {
    if (before.has(node)) continue;
    const inputs = node.inputs.map((x) => isEarly(x, before) ? stand(x) : known.get(x) ?? x);
    const isSame = inputs.every((x, i) => x === node.inputs[i]);
    const ys = isSame ? node.outputs : applyAll(node.rule, inputs, node.attributes);
    for (const [i, y] of ys.entries()) known.set(node.outputs[i]!, y);
  }
  const second = Object.entries(outputs).map(([name, y]) =>
    [name, isEarly(y, before) ? stand(y) : known.get(y) ?? y] as const
  );
  return { first: { ...early, ...saved }, second: Object.fromEntries(second) };
}

function isEarly({ origin }: Tensor, before: ReadonlySet<Node>): boolean {
  return origin.kind === "operation" && before.has(origin.node);
}

/** Whether an operation moves no number, so that there is nothing to save. */
function isFree(node: Node): boolean {
  return node.rule.name === "reshape" || "alias" in node.rule.onnx(node.attributes, node.inputs);
}
