import { sizeOf } from "../array.ts";
import type { Node, Tensor } from "../graph/tensor.ts";

const BYTES: Readonly<Record<Tensor["dtype"], number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  bool: 1,
  uint8: 1,
  int8: 1,
};

/** Bytes of what an operation writes: none where it gives another shape or name to a value. */
export function activationBytes(node: Node): number {
  if (isView(node)) return 0;
  return node.outputs.reduce((sum, { shape, dtype }) => sum + BYTES[dtype] * sizeOf(shape), 0);
}

/**
 * The most bytes of operations' values that exist at once where they run in this order and each is
 * dropped after its last use; what `outputs` name stays. A runtime that writes over a value that it
 * reads needs less, one that keeps memory for later more.
 */
export function largestAtOnce(nodes: readonly Node[], outputs: readonly Tensor[]): number {
  const written = writersOf(nodes);
  const memoryOf = ({ origin }: Tensor) =>
    origin.kind === "operation" ? written.get(origin.node) : undefined;
  const lastUse = new Map<Node, number>();
  nodes.forEach((node, place) => {
    lastUse.set(written.get(node)!, place); // what nothing uses exists while it is written
    for (const memory of node.inputs.map(memoryOf)) if (memory) lastUse.set(memory, place);
  });
  for (const memory of outputs.map(memoryOf)) if (memory) lastUse.set(memory, nodes.length);
  const dropped = new Map<number, number>();
  for (const [node, place] of lastUse) {
    dropped.set(place, (dropped.get(place) ?? 0) + activationBytes(node));
  }
  let [now, most] = [0, 0];
  nodes.forEach((node, place) => {
    now += activationBytes(node);
    most = Math.max(most, now);
    now -= dropped.get(place) ?? 0;
  });
  return most;
}

/** The operation that wrote the value of each: itself, or that which a view looks at. */
export function writersOf(nodes: readonly Node[]): Map<Node, Node> {
  const writers = new Map<Node, Node>();
  for (const node of nodes) {
    const [source] = node.inputs;
    const seen = isView(node) && source!.origin.kind === "operation"
      ? writers.get(source!.origin.node)
      : undefined;
    writers.set(node, seen ?? node);
  }
  return writers;
}

function isView({ rule, attributes, inputs }: Node): boolean {
  const emission = rule.onnx(attributes, inputs);
  return "alias" in emission || emission.type === "Reshape";
}
