import type { NDArray } from "../array.ts";
import { toSeglab } from "../checkpoints/name_rules.ts";
import { SideFiles } from "../checkpoints/side_files.ts";
import type { NetworkConfig } from "../families/family.ts";
import { holdingOf, networkIn } from "./network_in.ts";

/**
 * The configuration of the network that a checkpoint holds, as the files beside `path` have it; null
 * for a backbone, and where they say no more than the tensors.
 */
export async function originOf(
  path: string,
  tensors: ReadonlyMap<string, NDArray>,
  objects?: ReadonlyMap<string, string>,
): Promise<NetworkConfig | null> {
  const { tensors: inner } = networkIn(tensors, objects);
  const holding = holdingOf(inner.keys());
  if (!("family" in holding)) return null;
  const { tensors: named } = toSeglab(holding.kind.names, inner);
  const beside = await SideFiles.of(path);
  // What cannot be told is asked for where it is needed.
  return await holding.kind.rebuild(named, beside).then(({ config }) => config, () => null);
}
