import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "../onnx/model.ts";
import type { NDArray } from "../array.ts";
import { nodesOf, type Tensor } from "./tensor.ts";

/** The operator set that every exported model declares. */
const OPSET = 20;

/**
 * Tensors by name as an ONNX model. Inputs named in `weights` are baked in as initializers, so that a
 * runtime can prepare them once; all others become inputs of the model.
 */
export function exportOnnx(
  outputs: Readonly<Record<string, Tensor>>,
  weights: ReadonlyMap<string, NDArray> = new Map(),
): OnnxModel {
  const names = new Map<Tensor, string>();
  const nodes: OnnxNode[] = [];
  const inputs = new Map<string, Tensor>();
  const initializers = new Map<string, OnnxTensor>();
  const lists = new Map<string, string>();

  const nameOf = (tensor: Tensor): string => {
    let name = names.get(tensor);
    if (name !== undefined) return name;
    name = nameLeaf(tensor);
    names.set(tensor, name);
    return name;
  };
  const nameLeaf = (tensor: Tensor): string => {
    const { origin, dtype, shape } = tensor;
    if (origin.kind === "input") {
      const data = weights.get(origin.name)?.data;
      if (data) initializers.set(origin.name, { name: origin.name, dtype, shape, data });
      else inputs.set(origin.name, uniqueInput(inputs, origin.name, tensor));
      return origin.name;
    }
    if (origin.kind === "operation") throw new Error("Unreachable: operations come in order");
    const name = `constant_${initializers.size}`;
    initializers.set(name, { name, dtype, shape, data: origin.data });
    return name;
  };
  const nameList = (list: readonly number[]): string => {
    const key = list.join();
    const name = lists.get(key) ?? `list_${key.replaceAll(",", "_")}`;
    lists.set(key, name);
    const data = new BigInt64Array(list.map(BigInt));
    initializers.set(name, { name, dtype: "int64", shape: [list.length], data });
    return name;
  };

  for (const [i, node] of nodesOf(Object.values(outputs)).entries()) {
    const emission = node.rule.onnx(node.attributes, node.inputs);
    if ("alias" in emission) {
      names.set(node.outputs[0]!, nameOf(node.inputs[emission.alias]!));
      continue;
    }
    node.outputs.forEach((y, k) => names.set(y, `${node.rule.name}_${i}${k > 0 ? `_${k}` : ""}`));
    nodes.push({
      type: emission.type,
      attributes: emission.attributes ?? {},
      inputs: [...node.inputs.map(nameOf), ...(emission.lists ?? []).map(nameList)],
      outputs: node.outputs.map(nameOf),
    });
  }
  // Outputs carry the caller's names: an Identity, which ONNX Runtime removes.
  for (const [name, tensor] of Object.entries(outputs)) {
    nodes.push({ type: "Identity", attributes: {}, inputs: [nameOf(tensor)], outputs: [name] });
  }
  const value = (name: string, { dtype, shape }: Tensor): OnnxValue => ({ name, dtype, shape });
  return {
    opset: OPSET,
    nodes,
    initializers: [...initializers.values()],
    inputs: [...inputs].map(([name, tensor]) => value(name, tensor)),
    outputs: Object.entries(outputs).map(([name, tensor]) => value(name, tensor)),
  };
}

function uniqueInput(inputs: ReadonlyMap<string, Tensor>, name: string, tensor: Tensor): Tensor {
  const other = inputs.get(name);
  if (other && other !== tensor) {
    throw new TypeError(`Cannot export: inputs need different names, got "${name}" twice`);
  }
  return tensor;
}
