import type { NDArray } from "../array.ts";
import { known, recognise } from "../checkpoints/kind.ts";
import { unwrap, type Unwrapped } from "../checkpoints/unwrap.ts";
import { type Holding, holdings } from "../families/registry.ts";

/**
 * The tensors of the one network in a checkpoint, whatever is in front of their names; a Python
 * object in place of one (`objects`: classes by names) is a TypeError.
 */
export function networkIn(
  tensors: ReadonlyMap<string, NDArray>,
  objects: ReadonlyMap<string, string> = new Map(),
): Unwrapped<NDArray> {
  const isPublished = (name: string) => holdings.some(({ kind }) => known(kind)(name));
  return unwrap(tensors, { known: isPublished, objects });
}

/** What a checkpoint with tensors of these names holds; an unknown one is a TypeError. */
export function holdingOf(names: Iterable<string>): Holding {
  const kind = recognise(holdings.map(({ kind }) => kind), [...names]);
  return holdings.find((holding) => holding.kind === kind)!;
}
