import type { NDArray } from "../array.ts";
import { div } from "../graph/ops/math.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { l2Norm } from "../graph/ops/reduce.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import type { Size } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Point } from "../report/marked.ts";
import { value } from "../runtime/value.ts";
import { featureMap } from "./feature_map.ts";
import { evenly, featureLayers, gridOf, layerOf } from "./layers.ts";
import { type OpenGraph, Probe } from "./probe.ts";
import { FeatureSimilarities, type SimilarityPicture } from "./similarity_finding.ts";
import { computingOf } from "./computing.ts";
import { cellAt, pixelOf } from "./tokens.ts";
import { type LookOptions, type Picture, viewsOf } from "./views.ts";

/** What is compared with what. */
export interface SimilarityOptions extends LookOptions {
  /** The pixel of the pictures whose feature is compared with all others; the middle if not given. */
  readonly at?: Point;
  /** One layer, by its name or its number in the encoder; five from the first to the last if not given. */
  readonly layer?: string | number;
}

const DOING = "Cannot compare features";

/**
 * How alike the features of a pixel and of all others are (as SETR's figures show): the cosine of the
 * angle between them, layer by layer.
 */
export async function featureSimilarity(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: SimilarityOptions = {},
): Promise<FeatureSimilarities> {
  const all = featureLayers(model);
  if (all.length === 0) {
    throw new RangeError(`${DOING}: a network whose layers are known needed, got ${model.kind}`);
  }
  const layers = options.layer === undefined
    ? evenly(all, 5)
    : [layerOf(all, options.layer, DOING)];
  const probe = new Probe(
    model,
    computingOf(options),
    (graph: OpenGraph) =>
      Object.fromEntries(layers.map((layer) => {
        const map = featureMap(layer, graph);
        const [, , rows, columns] = map.dims(4);
        return [layer.name, cosines(map, input(`cell/${layer.name}`, [rows * columns, 1]))];
      })),
  );
  const found: SimilarityPicture[] = [];
  try {
    const how = { cut: "whole", title: "feature similarity" } as const;
    for await (const view of viewsOf(pictures, model, options, how)) {
      const { name, scale, image: { width, height } } = view;
      const { x, y } = pixelOf(view, options);
      const feeds = Object.fromEntries(layers.map((layer) => {
        const cell = cellAt(layer, view, { x, y }, DOING);
        return [`cell/${layer.name}`, oneHot(cell, gridOf(layer, [height, width]))];
      }));
      const answers: Readonly<Record<string, NDArray>> = await probe.ask(view.input, feeds);
      const maps = layers.map(({ name, stride }) => ({
        layer: name,
        map: answers[name]!,
        side: stride,
      }));
      const source = pictures[found.length]!;
      found.push({ name, source, at: { x, y }, scale, width, height, maps });
    }
  } finally {
    await probe.release();
  }
  return new FeatureSimilarities(model.kind, found);
}

function oneHot(cell: number, [rows, columns]: Size) {
  const column = new Float32Array(rows * columns);
  column[cell] = 1;
  return value(column, [rows * columns, 1]);
}

/**
 * The cosines [rows, columns] of the features of all cells of a map [1, dim, rows, columns] with those of
 * the cell that is one-hot in [rows · columns, 1].
 */
export function cosines(map: Tensor, cell: Tensor): Tensor {
  const [, dim, rows, columns] = map.dims(4);
  const unit = div(map, l2Norm(map, [1]));
  const features = reshape(unit, [dim, rows * columns]);
  const own = reshape(matmul(features, cell), [1, dim]);
  return reshape(matmul(own, features), [rows, columns]);
}
