import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "../onnx/model.ts";

const BATCH = "batch_size";

/**
 * A model for any number of images, of the same network exported for two and for three. Shapes are
 * static in a graph; in what it exports, the batch stands in lists of sides alone (of Reshape, Expand,
 * Slice). Where the two lists differ, a straight line through both gives the list of any batch, which
 * the new model computes from the first side of its first input.
 */
export function withDynamicBatch(two: OnnxModel, three: OnnxModel): OnnxModel {
  if (two.nodes.length !== three.nodes.length) throw fixed("other operations");
  const lists = new Lists(two, three);
  const nodes = two.nodes.map((node, i): OnnxNode => {
    const other = three.nodes[i]!;
    if (node.type !== other.type || !isSame(node.attributes, other.attributes)) {
      throw fixed(`another ${node.type}`);
    }
    return { ...node, inputs: node.inputs.map((name, k) => lists.of(name, other.inputs[k]!)) };
  });
  const images = two.inputs[0]!.name;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const shape = { start: { int: 0 }, end: { int: 1 } };
  const batch = { type: "Shape", inputs: [images], outputs: [BATCH], attributes: shape };
  const open = (value: OnnxValue, i: number, others: readonly OnnxValue[]): OnnxValue => {
    const sides = value.shape.map((side, axis) => side === others[i]!.shape[axis] ? side : "batch");
    return { ...value, shape: sides };
  };
  return {
    ...two,
    nodes: [batch, ...lists.nodes, ...nodes],
    initializers: [...two.initializers.filter(({ name }) => used.has(name)), ...lists.initializers],
    inputs: two.inputs.map((value, i) => open(value, i, three.inputs)),
    outputs: two.outputs.map((value, i) => open(value, i, three.outputs)),
  };
}

/** Lists that depend on the batch, as nodes that compute them. */
class Lists {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  private readonly two: ReadonlyMap<string, OnnxTensor>;
  private readonly three: ReadonlyMap<string, OnnxTensor>;
  private readonly made = new Map<string, string>();

  constructor(two: OnnxModel, three: OnnxModel) {
    const byName = ({ initializers }: OnnxModel) => new Map(initializers.map((x) => [x.name, x]));
    [this.two, this.three] = [byName(two), byName(three)];
  }

  /** The name of what `a` is for two images and `b` for three. */
  of(a: string, b: string): string {
    const [two, three] = [this.two.get(a), this.three.get(b)];
    if (!isSame(two?.shape, three?.shape)) throw fixed(`a constant ${a}`);
    if (a === b) return a;
    if (two?.dtype !== "int64" || three?.dtype !== "int64") throw fixed(`a value ${a}`);
    const key = `${a} ${b}`;
    const name = this.made.get(key) ?? this.line(two, three, `batch_list_${this.made.size}`);
    this.made.set(key, name);
    return name;
  }

  private line(two: OnnxTensor, three: OnnxTensor, name: string): string {
    const [a, b] = [two.data as BigInt64Array, three.data as BigInt64Array];
    const slope = a.map((x, i) => b[i]! - x);
    const offset = a.map((x, i) => x - 2n * slope[i]!);
    const { dtype, shape } = two;
    const [times, plus, product] = [`${name}_times`, `${name}_plus`, `${name}_product`];
    this.initializers.push({ name: times, dtype, shape, data: slope });
    this.initializers.push({ name: plus, dtype, shape, data: offset });
    this.nodes.push(
      { type: "Mul", inputs: [BATCH, times], outputs: [product], attributes: {} },
      { type: "Add", inputs: [product, plus], outputs: [name], attributes: {} },
    );
    return name;
  }
}

/** Whether plain data is the same, with its names in the same order. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function fixed(what: string): TypeError {
  return new TypeError(
    `Cannot export for any batch: a graph needed that differs in lists alone, got ${what}`,
  );
}
