import { storedHalf } from "../float16.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "./model.ts";

/** The model with the weights of these names in half precision, widened where they are used. */
export function halved(model: OnnxModel, names: ReadonlyMap<string, unknown>): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers = model.initializers.map((tensor): OnnxTensor => {
    const { name } = tensor;
    if (!names.has(name)) return tensor;
    const stored = `${name}/float16`;
    const to = { to: { int: 1 } };
    nodes.push({ type: "Cast", inputs: [stored], outputs: [name], attributes: to });
    const data = storedHalf(name, tensor.data as Float32Array);
    return { ...tensor, name: stored, dtype: "float16", data };
  });
  return { ...model, nodes: [...nodes, ...model.nodes], initializers };
}
