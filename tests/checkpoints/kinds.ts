import type { NDArray } from "../../lib/array.ts";
import { type Renamed, toSeglab } from "../../lib/checkpoints/name_rules.ts";
import { holdings } from "../../lib/families/registry.ts";
import { holdingOf } from "../../lib/models/network_in.ts";

/** The title of the kind of checkpoint that holds tensors of these names. */
export function titleOf(names: Iterable<string>): string {
  return holdingOf(names).kind.title;
}

/** The tensors of a kind of checkpoint, by its title, under Seglab's names. */
export function renameFrom(title: string, tensors: ReadonlyMap<string, NDArray>): Renamed {
  const { kind } = holdings.find(({ kind }) => kind.title === title)!;
  return toSeglab(kind.names, tensors);
}
