import type { VitConfig } from "../../../lib/families/encoders/vit.ts";
import type { Golden } from "../../golden.ts";

/** The network of a golden file that timm's VisionTransformer, or its distilled DeiT, computed. */
export function vitOf({ config, tensors }: Golden): VitConfig {
  return {
    imageSize: [config.img_size, config.img_size],
    patch: config.patch_size,
    dim: config.embed_dim,
    heads: config.num_heads,
    layers: config.depth,
    distilled: tensors.has("w/dist_token"),
    eps: config.ln_eps,
    dropout: 0,
    dropPath: 0,
  };
}
