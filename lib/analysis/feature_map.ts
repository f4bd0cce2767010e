import { sizeOf } from "../array.ts";
import type { FeatureLayer } from "../families/anatomy.ts";
import { reshape, slice, swapLast } from "../graph/ops/structure.ts";
import type { Tensor } from "../graph/tensor.ts";
import { gridOf } from "./layers.ts";
import type { OpenGraph } from "./probe.ts";

/** A layer's features as a map [1, dim, rows, columns], whatever other tokens there are. */
export function featureMap(layer: FeatureLayer, { taps, size }: OpenGraph): Tensor {
  const features = taps.get(layer.tap)!;
  if (layer.before === null) return features;
  const grid = gridOf(layer, size);
  const [, , dim] = features.dims(3);
  const cells = slice(features, [0, layer.before, 0], [1, sizeOf(grid), dim]);
  return reshape(swapLast(cells), [1, dim, ...grid]);
}
