import { type DType, dtypeOf, type OnnxAttribute, type TypedArray } from "../onnx/model.ts";

/** Sides of a tensor; none for a scalar. */
export type Shape = readonly number[];

/** Where a tensor comes from: fed by name, written in the graph, or an output of an operation. */
export type Origin =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: TypedArray }
  | { readonly kind: "operation"; readonly node: Node; readonly output: number };

/** An operation applied: its rule, what it was applied to, and what came out. */
export interface Node {
  // deno-lint-ignore no-explicit-any
  readonly rule: Rule<any, any>;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly outputs: readonly Tensor[];
}

/** A value of static shape and type in an immutable graph. */
export class Tensor {
  /**
   * Where it comes from.
   *
   * @internal
   */
  readonly origin: Origin;

  /**
   * A value of a graph; `input`, `constant` and the operations make them.
   *
   * @internal
   */
  constructor(readonly shape: Shape, readonly dtype: DType, origin: Origin) {
    this.origin = origin;
  }

  /** The sides of a tensor of a known rank: `const [b, n, dim] = x.dims(3)`. */
  dims(rank: 1): [number];
  /** The sides of a matrix. */
  dims(rank: 2): [number, number];
  /** The sides of a tensor of rank 3. */
  dims(rank: 3): [number, number, number];
  /** The sides of a tensor of rank 4. */
  dims(rank: 4): [number, number, number, number];
  /** The sides of a tensor of rank 5. */
  dims(rank: 5): [number, number, number, number, number];
  dims(rank: number): number[] {
    if (this.shape.length !== rank) {
      throw new RangeError(`Cannot take the sides of a tensor: rank ${rank} needed, got ${this}`);
    }
    return [...this.shape];
  }

  /** The type and the shape: `float32[2, 3]`. */
  toString(): string {
    return `${this.dtype}[${this.shape.join(", ")}]`;
  }
}

/** What an operation becomes: one ONNX node, with int64 lists as further inputs after the tensors. */
export interface Emission {
  readonly type: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** How many optional inputs between the tensors and the lists are left out. */
  readonly absent?: number;
  readonly lists?: readonly (readonly number[])[];
}

/** Stands for one of the operation's inputs: nothing is computed. */
export interface Alias {
  readonly alias: number;
}

/**
 * An operation in one place: shape rule, ONNX emission and gradient. `grad` gets the gradients of the
 * outputs (null where one beyond the first is not used), the inputs, the attributes and the outputs,
 * and returns a gradient per input: null where y does not depend smoothly on it (labels, indices).
 */
export interface Rule<Inputs extends readonly Tensor[], Attributes> {
  readonly name: string;
  readonly shape: (inputs: Inputs, attributes: Attributes) => Shape;
  /** Shapes of the outputs after the first, for operations that have several. */
  readonly furtherShapes?: (inputs: Inputs, attributes: Attributes) => readonly Shape[];
  /** The type of the outputs, where it is not that of the first input. */
  readonly dtype?: DType;
  /** The type of the outputs after the first, where it is another. */
  readonly furtherDtype?: DType;
  readonly onnx: (attributes: Attributes, inputs: Inputs) => Emission | Alias;
  readonly grad: (
    dys: readonly [Tensor, ...(Tensor | null)[]],
    inputs: Inputs,
    attributes: Attributes,
    outputs: readonly [Tensor, ...Tensor[]],
  ) => { readonly [K in keyof Inputs]: Tensor | null };
}

/** The first output of an operation. */
export function apply<Inputs extends readonly Tensor[], Attributes>(
  rule: Rule<Inputs, Attributes>,
  inputs: Inputs,
  attributes: Attributes,
): Tensor {
  return applyAll(rule, inputs, attributes)[0];
}

/** All outputs of an operation. */
export function applyAll<Inputs extends readonly Tensor[], Attributes>(
  rule: Rule<Inputs, Attributes>,
  inputs: Inputs,
  attributes: Attributes,
): readonly [Tensor, ...Tensor[]] {
  const outputs: Tensor[] = [];
  const node: Node = { rule, inputs, attributes, outputs };
  const shapes = [
    rule.shape(inputs, attributes),
    ...rule.furtherShapes?.(inputs, attributes) ?? [],
  ];
  const dtype = rule.dtype ?? inputs[0]!.dtype;
  for (const [output, shape] of shapes.entries()) {
    const own = output > 0 ? rule.furtherDtype ?? dtype : dtype;
    outputs.push(new Tensor(shape, own, { kind: "operation", node, output }));
  }
  return outputs as unknown as readonly [Tensor, ...Tensor[]];
}

/** A value that is fed by name when the graph runs. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  return new Tensor(shape, dtype, { kind: "input", name });
}

/** A value that is written in the graph; from numbers it is a float32 vector. */
export function constant(
  data: TypedArray | readonly number[],
  shape: Shape = [data.length],
): Tensor {
  const typed = Array.isArray(data) ? new Float32Array(data) : data as TypedArray;
  return new Tensor(shape, dtypeOf(typed), { kind: "constant", data: typed });
}

/** A float32 scalar that is written in the graph. */
export function scalar(value: number): Tensor {
  return constant([value], []);
}

/** The nodes that the outputs need, each after those that it needs itself. */
export function nodesOf(outputs: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  const push = (tensor: Tensor) => {
    if (tensor.origin.kind !== "operation" || seen.has(tensor.origin.node)) return;
    seen.add(tensor.origin.node);
    stack.push({ node: tensor.origin.node, next: 0 });
  };
  for (const output of outputs) {
    push(output);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.node.inputs.length) push(top.node.inputs[top.next++]!);
      else order.push(stack.pop()!.node);
    }
  }
  return order;
}

/** The fed values that the outputs depend on. */
export function inputsOf(outputs: readonly Tensor[]): Set<Tensor> {
  const used = [...outputs, ...nodesOf(outputs).flatMap((node) => node.inputs)];
  return new Set(used.filter((tensor) => tensor.origin.kind === "input"));
}
