import { sizeOf } from "../array.ts";
import type { AttentionLayer } from "../families/anatomy.ts";
import { sum } from "../graph/ops/broadcast.ts";
import { div, mul } from "../graph/ops/math.ts";
import { mean } from "../graph/ops/reduce.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import { constant, type Tensor } from "../graph/tensor.ts";
import type { Size } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import { AttentionDistances } from "./distance_finding.ts";
import { attentionLayers, gridOf, keyGrid, layerOf } from "./layers.ts";
import { type OpenGraph, Probe } from "./probe.ts";
import { computingOf } from "./computing.ts";
import { type LookOptions, type Picture, viewsOf } from "./views.ts";

/** What a look at distances may choose. */
export interface DistanceOptions extends LookOptions {
  /** One layer, by its name or its number in the encoder; all if not given. */
  readonly layer?: string | number;
}

const DOING = "Cannot measure attention";

/**
 * The size of the attended area (Segmenter's figure 7): how far from a patch lies what it attends to, in
 * pixels of the pictures as the network sees them, for each head and layer. It is the mean over pictures
 * and patches of the mean distance to all patches, weighted by attention.
 */
export async function attentionDistance(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: DistanceOptions = {},
): Promise<AttentionDistances> {
  const all = attentionLayers(model, DOING);
  const layers = options.layer === undefined ? all : [layerOf(all, options.layer, DOING)];
  const probe = new Probe(model, computingOf(options), ({ taps, size }: OpenGraph) => {
    const distances = new Map<string, Tensor>();
    return Object.fromEntries(layers.map((layer) => {
      const key = `${layer.stride} ${layer.reduction}`; // layers with the same cells share a constant
      const known = distances.get(key) ?? distancesOf(layer, size);
      distances.set(key, known);
      return [layer.name, meanDistance(taps.get(layer.tap)!, layer.before.length, known).weighted];
    }));
  });
  const sums = layers.map(({ heads }) => new Float64Array(heads));
  let seen = 0;
  try {
    const how = { cut: "whole", title: "attention distance" } as const;
    for await (const view of viewsOf(pictures, model, options, how)) {
      const answers = await probe.ask(view.input);
      for (const [i, { name }] of layers.entries()) {
        answers[name]!.data.forEach((distance, head) => sums[i]![head]! += distance);
      }
      seen++;
    }
  } finally {
    await probe.release();
  }
  const found = layers.map(({ name }, i) => ({
    layer: name,
    heads: [...sums[i]!].map((x) => x / seen),
  }));
  return new AttentionDistances(model.kind, seen, found);
}

/** Distances in pixels between the centres of a layer's cells and those of its keys, [n, m]. */
export function distancesOf(layer: AttentionLayer, size: Size): Tensor {
  const [queries, keys] = [gridOf(layer, size), keyGrid(layer, size)];
  const [n, m] = [sizeOf(queries), sizeOf(keys)];
  const side = layer.stride * layer.reduction;
  const data = new Float32Array(n * m);
  for (let q = 0, i = 0; q < n; q++) {
    const y = (Math.floor(q / queries[1]) + 0.5) * layer.stride;
    const x = (q % queries[1] + 0.5) * layer.stride;
    for (let k = 0; k < m; k++, i++) {
      const [row, column] = [Math.floor(k / keys[1]), k % keys[1]];
      data[i] = Math.hypot((row + 0.5) * side - y, (column + 0.5) * side - x);
    }
  }
  return constant(data, [n, m]);
}

/**
 * The mean distance of what cells attend to, [b, heads], of weights [b, heads, queries, keys] with `before`
 * other tokens in front: weighted by attention among the cells alone, and with what goes to other tokens
 * counted as distance 0.
 */
export function meanDistance(
  weights: Tensor,
  before: number,
  distances: Tensor,
): { readonly weighted: Tensor; readonly unnormalised: Tensor } {
  const [b, heads] = weights.dims(4);
  const [n, m] = distances.dims(2);
  const cells = slice(weights, [0, 0, before, before], [b, heads, n, m]);
  const far = sum(mul(cells, distances), [-1]);
  const over = (x: Tensor) => reshape(mean(x, [2]), [b, heads]);
  return { weighted: over(div(far, sum(cells, [-1]))), unnormalised: over(far) };
}
