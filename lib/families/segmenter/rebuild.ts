import type { NDArray } from "../../array.ts";
import { SEGMENTER_EPS, type SegmenterConfig } from "./segmenter.ts";
import type { Rebuilt } from "../rebuilt.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import type { SegmenterVariantFile } from "./variant_yml.ts";
import { assumedHeads, squareGrid, vitOf } from "../encoders/vit_shape.ts";

/** LayerNorm's eps in the encoder of mmsegmentation's Segmenter; its decoder has 1e-5. */
export const MMSEG_ENCODER_EPS = 1e-6;

/** Reads a Segmenter from its tensors (Seglab's names) and its variant.yml, where there is one. */
export function segmenterOf(
  tensors: ReadonlyMap<string, NDArray>,
  variant: SegmenterVariantFile | undefined,
  eps: number = SEGMENTER_EPS,
): Rebuilt {
  const { patches, ...shape } = vitOf(tensors, "encoder.");
  const net = variant?.net_kwargs;
  const imageSize = net?.image_size ??
    squareGrid(patches).map((side) => side * shape.patch) as [number, number];
  const heads = net?.n_heads ?? assumedHeads(shape.dim);
  const { decoder, classes } = decoderOf(tensors, net?.decoder);
  const config: SegmenterConfig = {
    encoder: {
      ...shape,
      imageSize,
      heads,
      eps,
      dropout: net?.dropout ?? 0,
      dropPath: net?.drop_path_rate ?? 0.1,
    },
    decoder,
    classes,
  };
  const assumed = net ? [] : [`${heads} attention heads of 64 channels (no variant.yml)`];
  return { architecture: { family: "segmenter", config }, assumed };
}

function decoderOf(
  tensors: ReadonlyMap<string, NDArray>,
  written: SegmenterVariantFile["net_kwargs"]["decoder"] | undefined,
): Pick<SegmenterConfig, "decoder" | "classes"> {
  if (tensors.has("decoder.head.weight")) {
    const [classes] = shapeOf(tensors, "decoder.head.weight", 2);
    return { decoder: { name: "linear" }, classes };
  }
  const [, classes] = shapeOf(tensors, "decoder.cls_emb", 3);
  const layers = blockCount(tensors, "decoder.blocks.");
  const rates = written?.name === "mask_transformer"
    ? { dropout: written.dropout, dropPath: written.drop_path_rate }
    : { dropout: 0.1, dropPath: 0 };
  return { decoder: { name: "mask_transformer", layers, ...rates }, classes };
}
