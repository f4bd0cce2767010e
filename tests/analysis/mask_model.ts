import type { NDArray } from "../../lib/array.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import { input } from "../../lib/graph/tensor.ts";
import type { Colour } from "../../lib/images/image.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { smallSight } from "./opened.ts";

/** A small Segmenter with new weights, by its classes; with `embeddings` [classes, 64] where given. */
export function maskModel(
  classes: readonly string[],
  embeddings?: NDArray,
  decoder: SegmenterConfig["decoder"] = {
    name: "mask_transformer",
    layers: 1,
    dropout: 0,
    dropPath: 0,
  },
): OpenedModel {
  const encoder = {
    imageSize: [16, 16] as const,
    patch: 8,
    dim: 64,
    heads: 1,
    layers: 1,
    distilled: false,
    eps: 1e-5,
    dropout: 0,
    dropPath: 0,
  };
  const config: SegmenterConfig = { encoder, decoder, classes: classes.length };
  const architecture = { family: segmenterFamily, config };
  const { parameters } = Scope.build(
    false,
    (p) => segmenterFamily.model(config).build(p, input("images", [1, 3, 16, 16])),
  );
  const weights = new Map(initialize(parameters, 1));
  if (embeddings) {
    weights.set("decoder.cls_emb", { ...embeddings, shape: [1, ...embeddings.shape] });
  }
  return {
    kind: `a small ${decoder.name}`,
    architecture: architecture as unknown as OpenedModel["architecture"],
    weights,
    classes,
    palette: classes.map((_, i): Colour => [i, 2 * i, 3 * i]),
    ...smallSight,
  };
}
