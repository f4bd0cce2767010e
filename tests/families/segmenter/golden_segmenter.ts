import type { SegmenterConfig } from "../../../lib/families/segmenter/segmenter.ts";
import type { Golden } from "../../golden.ts";

/** The network of a golden file that the official Segmenter computed. */
export function segmenterOf({ config: { net_kwargs: net, ln_eps: eps } }: Golden): SegmenterConfig {
  return {
    encoder: {
      imageSize: net.image_size,
      patch: net.patch_size,
      dim: net.d_model,
      heads: net.n_heads,
      layers: net.n_layers,
      distilled: net.distilled,
      eps,
      dropout: 0,
      dropPath: 0,
    },
    decoder: net.decoder.name === "linear"
      ? { name: "linear" }
      : { name: "mask_transformer", layers: net.decoder.n_layers, dropout: 0, dropPath: 0 },
    classes: net.n_cls,
  };
}
