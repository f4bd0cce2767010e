import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { namesOf } from "../hub_labels.ts";
import type { UpernetConfig } from "./upernet.ts";

/** What the network has whatever a config says; another value would be another network. */
const encoderSchema = z.looseObject({
  model_type: z.literal("swin"),
  num_channels: z.literal(3).optional(),
  patch_size: z.literal(4).optional(),
  mlp_ratio: z.literal(4).optional(),
  hidden_act: z.literal("gelu").optional(),
  qkv_bias: z.literal(true).optional(),
  use_absolute_embeddings: z.literal(false).optional(),
  layer_norm_eps: z.literal(1e-5).optional(),
});

/**
 * A UPerNet's config.json of transformers. Its files list much that nothing computes with, text
 * generation's settings among it: other keys are not looked at.
 */
const configSchema = z.looseObject({
  model_type: z.literal("upernet"),
  backbone_config: encoderSchema,
  pool_scales: z.array(z.number()).optional().refine(
    (scales) => scales === undefined || scales.join() === "1,2,3,6",
    "needs to be 1, 2, 3, 6",
  ),
  use_auxiliary_head: z.literal(true).optional(),
  auxiliary_concat_input: z.literal(false).optional(),
  id2label: z.record(z.string(), z.string()).optional(),
});

/** What a UPerNet's config.json says that its tensors do not. */
export interface UpernetHubConfig {
  /** The classes' names in the order of their numbers; undefined where it has none. */
  readonly classes: readonly string[] | undefined;
}

/** Reads config.json beside a checkpoint; undefined where there is none. */
export async function readHubConfig(beside: SideFiles): Promise<UpernetHubConfig | undefined> {
  const config = await beside.json("config.json", configSchema, "a UPerNet's on Swin");
  return config && { classes: namesOf(config.id2label) };
}

/** A UPerNet's config.json for transformers, as data; `image` is the side it was trained for. */
export function hubConfigFile(
  { encoder, channels, auxiliary }: UpernetConfig,
  classes: readonly string[],
  image: number,
): unknown {
  const stages = encoder.depths.map((_, s) => `stage${s + 1}`);
  return {
    architectures: ["UperNetForSemanticSegmentation"],
    model_type: "upernet",
    backbone_config: {
      model_type: "swin",
      image_size: image,
      patch_size: 4,
      num_channels: 3,
      embed_dim: encoder.dim,
      depths: encoder.depths,
      num_heads: encoder.heads,
      window_size: encoder.window,
      mlp_ratio: 4,
      qkv_bias: true,
      hidden_act: "gelu",
      hidden_dropout_prob: 0,
      attention_probs_dropout_prob: 0,
      drop_path_rate: encoder.dropPath,
      layer_norm_eps: 1e-5,
      use_absolute_embeddings: false,
      out_features: stages,
      stage_names: ["stem", ...stages],
    },
    hidden_size: channels,
    pool_scales: [1, 2, 3, 6],
    use_auxiliary_head: true,
    auxiliary_loss_weight: 0.4,
    auxiliary_in_channels: encoder.dim * 4,
    auxiliary_channels: auxiliary.channels,
    auxiliary_num_convs: auxiliary.convolutions,
    auxiliary_concat_input: false,
    loss_ignore_index: 255,
    torch_dtype: "float32",
    id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  };
}
