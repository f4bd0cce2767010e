import type { NDArray } from "../../array.ts";
import { toPublished } from "../../checkpoints/name_rules.ts";
import type { Publishable, Published } from "../family.ts";
import { hubEomt, hubEomtDinov3 } from "./checkpoints.ts";
import type { EomtConfig } from "./eomt.ts";

/** transformers' EomtImageProcessor resizes as PIL's bilinear does. */
const BILINEAR = 2;

/** An EoMT as transformers reads it: model.safetensors, config.json, preprocessor_config.json. */
export function publishEomt(network: Publishable<EomtConfig>): Published {
  const { config } = network;
  const turns = config.encoder.positions.kind === "rope";
  const { tensors } = toPublished(turns ? hubEomtDinov3 : hubEomt, whole(network));
  const json = (value: unknown) => JSON.stringify(value, null, 2) + "\n";
  // What transformers asks for beside the parameters: how masks are annealed, and the loss's weights of classes.
  const blank = (length: number, fill: number) => ({
    shape: [length],
    data: new Float32Array(length).fill(fill),
  });
  const classWeights = blank(config.classes + 1, 1);
  classWeights.data[config.classes] = 0.1;
  return {
    tensors: tensors.set("attn_mask_probs", blank(config.blocks, 0))
      .set("criterion.empty_weight", classWeights),
    file: "model.safetensors",
    files: {
      "config.json": json(configFile(network)),
      "preprocessor_config.json": json(processorFile(network)),
    },
    notes: config.encoder.registers > 0 && config.encoder.layerScale ? [] : [
      "transformers' EoMT has registers and scales of its branches, which this one does not have: scales are " +
      "written as ones",
    ],
  };
}

/** The parameters, with scales of one where the encoder has none. */
function whole({ config: { encoder }, weights }: Publishable<EomtConfig>): Map<string, NDArray> {
  const all = new Map(weights);
  const path = "encoder.backbone.";
  if (!encoder.layerScale) {
    for (let i = 0; i < encoder.layers; i++) {
      for (const name of ["ls1.gamma", "ls2.gamma"]) {
        const data = new Float32Array(encoder.dim).fill(1);
        all.set(`${path}blocks.${i}.${name}`, { shape: [encoder.dim], data });
      }
    }
  }
  if (encoder.registers === 0) {
    all.set(`${path}reg_token`, { shape: [1, 0, encoder.dim], data: new Float32Array() });
  }
  return all;
}

function configFile({ config, classes }: Publishable<EomtConfig>): unknown {
  const { encoder, blocks, queries, points } = config;
  const turns = encoder.positions.kind === "rope";
  const common = {
    num_channels: 3,
    image_size: encoder.imageSize[0],
    patch_size: encoder.patch,
    hidden_size: encoder.dim,
    num_hidden_layers: encoder.layers,
    num_attention_heads: encoder.heads,
    num_register_tokens: encoder.registers,
    layer_norm_eps: encoder.eps,
    hidden_act: "gelu",
    num_blocks: blocks,
    num_queries: queries,
    num_upscale_blocks: Math.max(1, Math.log2(encoder.patch) - 2),
    no_object_weight: 0.1, // the other weights are transformers' own, which it takes only with a point
    train_num_points: points,
    torch_dtype: "float32",
    id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  };
  return turns
    ? {
      architectures: ["EomtDinov3ForUniversalSegmentation"],
      model_type: "eomt_dinov3",
      ...common,
      intermediate_size: encoder.hidden,
      pos_embed_rescale: null,
    }
    : {
      architectures: ["EomtForUniversalSegmentation"],
      model_type: "eomt",
      ...common,
      mlp_ratio: encoder.gated ? 4 : encoder.hidden / encoder.dim,
      use_swiglu_ffn: encoder.gated,
    };
}

function processorFile({ config, normalization }: Publishable<EomtConfig>): unknown {
  const [side] = config.encoder.imageSize;
  const isSemantic = config.task === "semantic";
  const { mean, std } = normalization;
  return {
    image_processor_type: "EomtImageProcessor",
    do_resize: true,
    size: { shortest_edge: side, longest_edge: isSemantic ? null : side },
    resample: BILINEAR,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean.map((value) => value / 255),
    image_std: std.map((value) => value / 255),
    do_split_image: isSemantic,
    do_pad: !isSemantic,
  };
}
