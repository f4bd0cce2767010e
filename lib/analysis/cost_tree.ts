import type { ModulePath } from "./modules.ts";

/** What a module costs with all that is in it. */
export interface CostTree {
  /** Its name in the module around it: "blocks"; that of the network itself is "network". */
  readonly name: string;
  /** Learnt numbers. */
  readonly parameters: number;
  /** Multiplications, each with its addition. */
  readonly multiplyAdds: number;
  /** Bytes that its operations write. */
  readonly activationBytes: number;
  /** How many operations run. */
  readonly operations: number;
  /** The modules in it, in the order in which they hold parameters or compute. */
  readonly modules: readonly CostTree[];
}

/** What something costs that belongs to a module. */
export type CostEntry =
  & { readonly module: ModulePath }
  & Partial<Pick<CostTree, "parameters" | "multiplyAdds" | "activationBytes" | "operations">>;

/** Adds up what belongs to each module and to those in it. */
export function growTree(entries: readonly CostEntry[], name = "network", depth = 0): CostTree {
  const within = Map.groupBy(
    entries.filter(({ module }) => module.length > depth),
    ({ module }) => module[depth]!,
  );
  const sum = (key: "parameters" | "multiplyAdds" | "activationBytes" | "operations") =>
    entries.reduce((total, entry) => total + (entry[key] ?? 0), 0);
  return {
    name,
    parameters: sum("parameters"),
    multiplyAdds: sum("multiplyAdds"),
    activationBytes: sum("activationBytes"),
    operations: sum("operations"),
    modules: [...within].map(([name, inside]) => growTree(inside, name, depth + 1)),
  };
}

/** A module as tables and figures show it. */
export interface ShownModule {
  /** Its name, or those of several that cost the same: "0 to 11, each". */
  readonly label: string;
  /** How many modules it lies in. */
  readonly depth: number;
  readonly node: CostTree;
}

/** Tables and figures have no more rows than this. */
const MOST_ROWS = 36;

/**
 * The modules down to the depth that a table has room for, the network first. Neighbours that cost the
 * same, as the blocks of an encoder, are shown once.
 */
export function shownModules(tree: CostTree): ShownModule[] {
  let shown = rowsOf(tree, 0);
  for (let depth = 1; depth < 9; depth++) {
    const deeper = rowsOf(tree, depth);
    if (deeper.length > MOST_ROWS) break;
    shown = deeper;
  }
  return shown;
}

function rowsOf(node: CostTree, deepest: number, depth = 0, label = node.name): ShownModule[] {
  const own = { label, depth, node };
  if (depth === deepest) return [own];
  const rows: ShownModule[] = [own];
  for (let i = 0; i < node.modules.length;) {
    const first = node.modules[i]!;
    const next = node.modules.findIndex((other, k) => k > i && !isAlike(first, other));
    const end = next < 0 ? node.modules.length : next;
    const last = node.modules[end - 1]!;
    const and = end - i > 2 ? "to" : "and";
    const label = end - i > 1 ? `${first.name} ${and} ${last.name}, each` : first.name;
    rows.push(...rowsOf(first, deepest, depth + 1, label));
    i = end;
  }
  return rows;
}

function isAlike(a: CostTree, b: CostTree): boolean {
  const isNumber = (name: string) => /^\d+$/.test(name);
  return isNumber(a.name) && isNumber(b.name) && a.parameters === b.parameters &&
    a.multiplyAdds === b.multiplyAdds && a.activationBytes === b.activationBytes;
}
