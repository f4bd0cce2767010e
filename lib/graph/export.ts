import type { NDArray } from "../array.ts";
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "../onnx/model.ts";
import { type Emission, type Node, nodesOf, type Tensor } from "./tensor.ts";

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
  const { order, emissions, source } = emit(Object.values(outputs));
  const leaves = new Leaves(weights);
  const names = new Map<Tensor, string>();
  const copies: OnnxNode[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    const from = source(tensor);
    if (from.origin.kind === "operation" && !names.has(from)) names.set(from, name);
    else copies.push(identity(names.get(from) ?? leaves.name(from), name));
  }
  const nameOf = (tensor: Tensor) => names.get(source(tensor)) ?? leaves.name(source(tensor));

  const nodes: OnnxNode[] = [];
  for (const [i, node] of order.entries()) {
    const emission = emissions.get(node)!;
    for (const [k, y] of node.outputs.entries()) {
      if (!names.has(y)) names.set(y, `${node.rule.name}_${i}${k > 0 ? `_${k}` : ""}`);
    }
    nodes.push({
      type: emission.type,
      attributes: emission.attributes ?? {},
      inputs: [
        ...node.inputs.map(nameOf),
        ...new Array<string>(emission.absent ?? 0).fill(""),
        ...(emission.lists ?? []).map((list) => leaves.list(list)),
      ],
      outputs: node.outputs.map((y) => names.get(y)!),
    });
  }
  const model: OnnxModel = {
    opset: OPSET,
    nodes: [...nodes, ...copies],
    initializers: [...leaves.initializers.values()],
    inputs: [...leaves.inputs].map(([name, tensor]) => onnxValue(name, tensor)),
    outputs: Object.entries(outputs).map(([name, tensor]) => onnxValue(name, tensor)),
  };
  checkNames(model);
  return model;
}

/** Inputs, outputs and what this file names itself (`add_3`, `constant_0`) share one space of names. */
function checkNames({ inputs, initializers, nodes }: OnnxModel): void {
  const names = [...inputs, ...initializers].map(({ name }) => name);
  const taken = new Set<string>();
  for (const name of [...names, ...nodes.flatMap((node) => node.outputs)]) {
    if (taken.has(name)) {
      throw new TypeError(`Cannot export: values need different names, got "${name}" twice`);
    }
    taken.add(name);
  }
}

/** The nodes that become ONNX nodes in order, and the tensor that each alias stands for. */
function emit(outputs: readonly Tensor[]) {
  const emissions = new Map<Node, Emission>();
  const aliases = new Map<Tensor, Tensor>();
  const source = (tensor: Tensor) => aliases.get(tensor) ?? tensor;
  for (const node of nodesOf(outputs)) {
    const emission = node.rule.onnx(node.attributes, node.inputs);
    if ("alias" in emission) aliases.set(node.outputs[0]!, source(node.inputs[emission.alias]!));
    else emissions.set(node, emission);
  }
  // A gradient of its own may leave inputs of an alias that nothing else needs.
  const needed = new Set(outputs.map(source));
  const order = [...emissions.keys()].reverse().filter((node) => {
    const used = node.outputs.some((y) => needed.has(y));
    if (used) node.inputs.forEach((x) => needed.add(source(x)));
    return used;
  });
  return { order: order.reverse(), emissions, source };
}

/** Inputs, weights and constants of the model, by name. */
class Leaves {
  readonly inputs = new Map<string, Tensor>();
  readonly initializers = new Map<string, OnnxTensor>();
  private readonly constants = new Map<Tensor, string>();

  constructor(private readonly weights: ReadonlyMap<string, NDArray>) {}

  name(tensor: Tensor): string {
    const { origin, dtype, shape } = tensor;
    if (origin.kind === "operation") throw new Error(`Unreachable: ${tensor} has no name yet`);
    if (origin.kind === "constant") {
      const name = this.constants.get(tensor) ?? `constant_${this.constants.size}`;
      this.constants.set(tensor, name);
      this.initializers.set(name, { name, dtype, shape, data: origin.data });
      return name;
    }
    const { name } = origin;
    const weight = this.weights.get(name);
    const other = this.inputs.get(name);
    if (other && other !== tensor) {
      throw new TypeError(`Cannot export: values need different names, got "${name}" twice`);
    }
    if (weight && weight.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot bake in "${name}": ${tensor} needed, got [${weight.shape.join(", ")}]`,
      );
    }
    if (weight) this.initializers.set(name, { name, dtype, shape, data: weight.data });
    else this.inputs.set(name, tensor);
    return name;
  }

  list(list: readonly number[]): string {
    const name = `list_${list.join("_")}`;
    const data = new BigInt64Array(list.map(BigInt));
    this.initializers.set(name, { name, dtype: "int64", shape: [list.length], data });
    return name;
  }
}

function identity(from: string, to: string): OnnxNode {
  return { type: "Identity", attributes: {}, inputs: [from], outputs: [to] };
}

function onnxValue(name: string, { dtype, shape }: Tensor): OnnxValue {
  return { name, dtype, shape };
}
