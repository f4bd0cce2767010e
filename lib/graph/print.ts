import { nodesOf, type Tensor } from "./tensor.ts";

/**
 * A graph as text, one operation a line, for snapshots and errors:
 *
 *     %0 = gemmAdd(x, fc.weight, fc.bias) float32[4, 3] {"transA":false,"transB":true,"alpha":1}
 */
export function printGraph(outputs: Readonly<Record<string, Tensor>>): string {
  const names = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor): string => {
    const { origin } = tensor;
    if (origin.kind === "input") return origin.name;
    if (origin.kind === "operation") return names.get(tensor)!;
    return origin.data.length === 1 ? `${origin.data[0]}` : `constant ${tensor}`;
  };
  const lines = nodesOf(Object.values(outputs)).map((node, i) => {
    node.outputs.forEach((y, k) => names.set(y, k > 0 ? `%${i}.${k}` : `%${i}`));
    const attributes = JSON.stringify(node.attributes);
    const tail = attributes === "{}" ? "" : ` ${attributes}`;
    return `%${i} = ${node.rule.name}(${node.inputs.map(nameOf).join(", ")}) ${
      node.outputs[0]
    }${tail}`;
  });
  const results = Object.entries(outputs).map(([name, y]) => `${name} = ${nameOf(y)}`);
  return [...lines, ...results].join("\n");
}
