import type { SetrConfig } from "../../../lib/families/setr/setr.ts";
import type { Golden } from "../../golden.ts";

/** The network of a golden file that the official SETR computed. */
export function setrOf({ config: { kind, model, ln_eps: eps } }: Golden): SetrConfig {
  const { backbone, decode_head: head, auxiliary_head: aside } = model;
  const layers = backbone.mla_index ?? [head.in_index];
  const indices: number[] = aside.map(({ in_index: i }: { in_index: number }) => i);
  return {
    head: kind,
    encoder: {
      imageSize: [backbone.img_size, backbone.img_size],
      patch: backbone.patch_size,
      dim: backbone.embed_dim,
      heads: backbone.num_heads,
      layers: backbone.depth,
      distilled: false,
      eps,
      dropout: 0,
      dropPath: 0,
    },
    embedding: "patches",
    layers,
    auxiliary: kind === "mla" ? indices.map((i) => layers[i]) : indices,
    levelChannels: head.mlahead_channels ?? 128,
    classes: head.num_classes,
  };
}
