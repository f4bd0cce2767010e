import type { Encoder } from "./encoder.ts";
import { hubMit, mmsegMit, nvlabsMit } from "./mix_transformer_names.ts";

/** A sign of all Mix Transformers in Hugging Face's files */
export const MIT_HUB = "segformer.encoder.patch_embeddings.0.proj.weight";
/** A sign of all Mix Transformers that mmsegmentation wrote. */
export const MIT_MMSEG = "layers.0.0.projection.weight";

/** Mix Transformers, trained on ImageNet. */
export const mixTransformers: Encoder = {
  title: "a Mix Transformer",
  checkpoints: [
    {
      title: "NVlabs Mix Transformer",
      names: nvlabsMit,
      signs: ["patch_embed1.proj.weight", "block1.{i}.attn.kv.weight"],
    },
    {
      title: "Hugging Face Mix Transformer",
      names: hubMit,
      signs: [MIT_HUB],
      without: ["decode_head.classifier.weight"],
    },
    {
      title: "mmsegmentation Mix Transformer",
      names: mmsegMit(""),
      signs: [MIT_MMSEG],
    },
  ],
};
