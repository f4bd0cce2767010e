import type { Node, Tensor } from "../graph/tensor.ts";
import { writersOf } from "./activations.ts";

/** The path of a module: ["encoder", "blocks", "0"]; none for the network itself. */
export type ModulePath = readonly string[];

/**
 * The module that each operation belongs to, by what the graph says: an operation with parameters
 * belongs to the smallest module that holds these (`names` has their tensors' names). One without
 * lies between modules, in the smallest that holds both the module it comes from and the one it goes
 * to: GELU between `mlp.fc1` and `mlp.fc2` is part of `mlp`, what an encoder's last module gives to a
 * decoder's first is part of neither. Where it joins values of one module, as the sum at the end of a
 * block does, it is part of that; what gives a value another shape alone goes with the value. `nodes`
 * are in the order in which they need each other.
 */
export function modulesOf(
  nodes: readonly Node[],
  names: ReadonlyMap<Tensor, string>,
): Map<Node, ModulePath> {
  const owned = ownedBy(nodes, names);
  const places = new Map(nodes.map((node, place) => [node, place]));
  const writers = writersOf(nodes);
  const computing = nodes.filter((node) => writers.get(node) === node);
  const sourcesOf = ({ inputs }: Node) =>
    inputs.flatMap(({ origin }) => origin.kind === "operation" ? [writers.get(origin.node)!] : []);
  const goals = goalsOf(computing, owned, sourcesOf);
  const origins = new Map<Node, ModulePath>();
  const modules = new Map<Node, ModulePath>();
  for (const node of computing) {
    const own = owned.get(node)!;
    const sources = [...new Set(sourcesOf(node))].filter((source) => !owned.get(source)!.prepared)
      .toSorted((a, b) => places.get(a)! - places.get(b)!);
    const last = sources.at(-1);
    const origin = own.path ?? (last && origins.get(last));
    if (origin) origins.set(node, origin);
    const goal = goals.get(node) ?? [];
    const between = own.path ?? (origin ? common(origin, goal) : goal);
    const joined = !own.path && sources.length > 1
      ? sources.map((source) => modules.get(source)!).reduce(common)
      : [];
    modules.set(node, joined.length > between.length ? joined : between);
  }
  for (const node of nodes) modules.set(node, modules.get(writers.get(node)!)!);
  return modules;
}

interface Owned {
  /** The smallest module that holds the parameters among the inputs; null where there are none. */
  readonly path: ModulePath | null;
  /** True where the value depends on parameters and constants alone. */
  readonly prepared: boolean;
}

function ownedBy(
  nodes: readonly Node[],
  names: ReadonlyMap<Tensor, string>,
): Map<Node, Owned> {
  const owned = new Map<Node, Owned>();
  const ofTensor = (tensor: Tensor): Owned => {
    if (tensor.origin.kind === "constant") return { path: null, prepared: true };
    if (tensor.origin.kind === "operation") {
      const { path, prepared } = owned.get(tensor.origin.node)!;
      return { path: prepared ? path : null, prepared };
    }
    const name = names.get(tensor);
    return { path: name?.split(".").slice(0, -1) ?? null, prepared: name !== undefined };
  };
  for (const node of nodes) {
    const inputs = node.inputs.map(ofTensor);
    const paths = inputs.flatMap(({ path }) => path ? [path] : []);
    const path = paths.length > 0 ? paths.reduce(common) : null;
    owned.set(node, { path, prepared: inputs.every(({ prepared }) => prepared) });
  }
  return owned;
}

/** The module with parameters that each operation's values reach first. */
function goalsOf(
  nodes: readonly Node[],
  owned: ReadonlyMap<Node, Owned>,
  sourcesOf: (node: Node) => readonly Node[],
): Map<Node, ModulePath> {
  const goals = new Map<Node, ModulePath>();
  const nearest = new Map<Node, Node>();
  for (const node of nodes.toReversed()) {
    const next = nearest.get(node);
    const goal = owned.get(node)!.path ?? (next && goals.get(next));
    if (goal) goals.set(node, goal);
    for (const source of sourcesOf(node)) nearest.set(source, node); // the first stays
  }
  return goals;
}

function common(a: ModulePath, b: ModulePath): ModulePath {
  const length = a.findIndex((name, i) => name !== b[i]);
  return length < 0 ? a : a.slice(0, length);
}
