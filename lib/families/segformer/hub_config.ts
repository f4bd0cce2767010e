import { z } from "zod";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { namesOf } from "../hub_labels.ts";
import type { SegformerConfig } from "./segformer.ts";

const count = z.int().positive();
const stages = z.tuple([count, count, count, count]);

/** What the network has whatever a config says; another value would be another network. */
const fixed = {
  model_type: z.literal("segformer"),
  num_channels: z.literal(3).optional(),
  num_encoder_blocks: z.literal(4).optional(),
  patch_sizes: numbers(7, 3, 3, 3),
  strides: numbers(4, 2, 2, 2),
  mlp_ratios: numbers(4, 4, 4, 4),
  hidden_act: z.literal("gelu").optional(),
};

/**
 * A SegFormer's config.json of transformers. A key that is not here may change what the network
 * computes and is an error.
 */
const configSchema = z.strictObject({
  ...fixed,
  num_attention_heads: stages,
  id2label: z.record(z.string(), z.string()).optional(),
  // The tensors' shapes say the same.
  ...unread(["depths", "hidden_sizes", "sr_ratios", "decoder_hidden_size"]),
  // transformers does not read them, or only to train, or they name and describe.
  ...unread(["layer_norm_eps", "image_size", "downsampling_rates", "reshape_last_stage"]),
  ...unread(["hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout_prob"]),
  ...unread(["drop_path_rate", "initializer_range", "semantic_loss_ignore_index", "label2id"]),
  ...unread(["architectures", "dtype", "torch_dtype", "transformers_version", "problem_type"]),
  ...unread([
    "num_labels",
    "return_dict",
    "output_attentions",
    "output_hidden_states",
    "use_cache",
  ]),
  ...unread([
    "_name_or_path",
    "_num_labels",
    "_commit_hash",
    "_attn_implementation",
    "torchscript",
  ]),
  ...unread(["name_or_path", "is_encoder_decoder", "chunk_size_feed_forward", "finetuning_task"]),
  ...unread(["task_specific_params", "tie_word_embeddings", "pruned_heads", "use_bfloat16"]),
});

function numbers(...values: readonly number[]) {
  const wanted = values.join(", ");
  return z.array(z.number()).optional().refine(
    (found) => found === undefined || found.join(", ") === wanted,
    `needs to be ${wanted}`,
  );
}

function unread(keys: readonly string[]): Record<string, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()]));
}

/** What a SegFormer's config.json says that its tensors do not. */
export interface HubConfig {
  readonly heads: SegformerConfig["heads"];
  /** The classes' names in the order of their numbers; undefined where it has none. */
  readonly classes: readonly string[] | undefined;
}

/** Reads config.json beside a checkpoint; undefined where there is none. */
export async function readHubConfig(beside: SideFiles): Promise<HubConfig | undefined> {
  const config = await beside.json("config.json", configSchema, "a SegFormer's");
  return config && { heads: config.num_attention_heads, classes: namesOf(config.id2label) };
}

/** A SegFormer's config.json for transformers, as data. */
export function hubConfigFile(config: SegformerConfig, classes: readonly string[]): unknown {
  const { dims, heads, depths, reductions, decoderDim, dropout, dropPath, eps } = config;
  return {
    architectures: ["SegformerForSemanticSegmentation"],
    model_type: "segformer",
    num_channels: 3,
    num_encoder_blocks: 4,
    hidden_sizes: dims,
    depths,
    num_attention_heads: heads,
    sr_ratios: reductions,
    patch_sizes: [7, 3, 3, 3],
    strides: [4, 2, 2, 2],
    mlp_ratios: [4, 4, 4, 4],
    hidden_act: "gelu",
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    classifier_dropout_prob: dropout,
    drop_path_rate: dropPath,
    layer_norm_eps: eps.block, // transformers does not read it: 1e-5 is in its code
    decoder_hidden_size: decoderDim,
    reshape_last_stage: true,
    semantic_loss_ignore_index: 255,
    torch_dtype: "float32",
    id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  };
}
