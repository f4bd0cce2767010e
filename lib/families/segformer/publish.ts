import { toPublished } from "../../checkpoints/rule.ts";
import type { Publishable, Published } from "../family.ts";
import { hubSegformer } from "./names.ts";
import type { SegformerConfig } from "./segformer.ts";
import { segformerEps } from "./variants.ts";

/** A SegFormer as transformers reads it: model.safetensors, config.json, preprocessor_config.json. */
export function publishSegformer(network: Publishable<SegformerConfig>): Published {
  const { config, classes, weights } = network;
  const { block } = config.eps;
  const expected = segformerEps.huggingFace.block;
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  // transformers warns of weights that are missing, even of a counter that nothing reads.
  const counter = { shape: [], data: new Float32Array(1) };
  const { tensors } = toPublished(hubSegformer, weights);
  return {
    tensors: tensors.set("decode_head.batch_norm.num_batches_tracked", counter),
    file: "model.safetensors",
    files: {
      "config.json": json(hubConfig(config, classes)),
      "preprocessor_config.json": json(hubPreprocessor(network)),
    },
    notes: block === expected ? [] : [
      `transformers computes with a LayerNorm eps of ${expected}, this network was trained with ` +
      `${block} in its blocks: scores differ by some thousandths`,
    ],
  };
}

/** A SegFormer's config.json for transformers, as data. */
function hubConfig(config: SegformerConfig, classes: readonly string[]): unknown {
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

/** A preprocessor_config.json for transformers, as data: whole images resized to a window. */
function hubPreprocessor(
  { normalization: { mean, std }, window }: Pick<Publishable, "normalization" | "window">,
): unknown {
  return {
    image_processor_type: "SegformerImageProcessor",
    do_resize: true,
    size: { height: window, width: window },
    resample: 2, // PIL's bilinear
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean.map((value) => value / 255),
    image_std: std.map((value) => value / 255),
    do_reduce_labels: false,
  };
}
