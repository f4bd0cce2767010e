import type { OnnxModel, OnnxNode, OnnxTensor } from "./model.ts";

const FLOAT = 1; // TensorProto.DataType
const MOST = 127;

/**
 * The model with the products of its linear layers, x · Wᵀ + b, in 8-bit integers: weights [n, k] with a scale
 * for each of the n outputs, activations with one that is found while it runs. The operators are standard
 * (DynamicQuantizeLinear, MatMulInteger), and ONNX Runtime makes one of the five that stand for a layer. All
 * else stays in float32.
 */
export function quantised(model: OnnxModel): OnnxModel {
  const tensors = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const made = new Map<string, OnnxTensor>();
  const inputs = new Map<string, OnnxNode>();
  const nodes = model.nodes.flatMap((node): OnnxNode[] => {
    const [x, weight, bias] = node.inputs as [string, string, string?];
    const kept = isLinear(node) ? tensors.get(weight) : undefined;
    if (!kept) return [node];
    const [q, scales] = [`${weight}/int8`, `${weight}/scales`];
    if (!made.has(q)) {
      for (const tensor of integersOf(kept, q, scales)) made.set(tensor.name, tensor);
    }
    const [y] = node.outputs as [string];
    const [integers, scale, zero] = [`${x}/uint8`, `${x}/scale`, `${x}/zero`];
    const before = inputs.has(x)
      ? []
      : [operation("DynamicQuantizeLinear", [x], [integers, scale, zero])];
    inputs.set(x, node);
    const product = bias ? `${y}/product` : y;
    return [
      ...before,
      operation("MatMulInteger", [integers, q, zero], [`${y}/sums`]),
      { ...operation("Cast", [`${y}/sums`], [`${y}/floats`]), attributes: { to: { int: FLOAT } } },
      operation("Mul", [scale, scales], [`${y}/scales`]),
      operation("Mul", [`${y}/floats`, `${y}/scales`], [product]),
      ...bias ? [operation("Add", [product, bias], [y])] : [],
    ];
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const initializers = [...model.initializers, ...made.values()].filter(({ name }) =>
    used.has(name)
  );
  return { ...model, nodes, initializers };
}

function isLinear({ type, attributes: { transA, transB, alpha } }: OnnxNode): boolean {
  if (type !== "Gemm" || !transA || !transB || !alpha) return false;
  return "int" in transA && transA.int === 0 && "int" in transB && transB.int === 1 &&
    "float" in alpha && alpha.float === 1;
}

/** A weight [n, k] as integers [k, n] from −127 to 127, and what each of the n is multiplied by. */
function integersOf({ shape, data }: OnnxTensor, name: string, scales: string): OnnxTensor[] {
  const [n, k] = shape as [number, number];
  const integers = new Int8Array(k * n);
  const factors = new Float32Array(n);
  const weights = data as Float32Array;
  for (let row = 0; row < n; row++) {
    const own = weights.subarray(row * k, (row + 1) * k);
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const factor = Math.fround(largest / MOST) || 1;
    factors[row] = factor;
    for (let i = 0; i < k; i++) integers[i * n + row] = Math.round(own[i]! / factor);
  }
  return [
    { name, dtype: "int8", shape: [k, n], data: integers },
    { name: scales, dtype: "float32", shape: [n], data: factors },
  ];
}

function operation(type: string, inputs: readonly string[], outputs: readonly string[]): OnnxNode {
  return { type, inputs, outputs, attributes: {} };
}
