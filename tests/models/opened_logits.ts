import type { NDArray } from "../../lib/array.ts";
import { networkFor } from "../../experiments/bench/bare_network.ts";
import { modelOf } from "../../lib/families/family.ts";
import type { OpenedModel } from "../../lib/models/open.ts";

/** Logits [b, classes, h, w] of an opened network for normalised images [b, 3, h, w]. */
export async function logitsOfOpened(
  { architecture, weights }: Pick<OpenedModel, "architecture" | "weights">,
  images: NDArray,
): Promise<NDArray> {
  return await networkFor(modelOf(architecture), weights, 1)(images);
}
