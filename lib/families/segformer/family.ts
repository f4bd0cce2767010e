import { toPublished } from "../../checkpoints/name_rules.ts";
import { pixelModel } from "../../nn/model.ts";
import { mixTransformerAnatomy } from "../encoders/mix_transformer.ts";
import { MIT_LICENCE, mixTransformers } from "../encoders/mix_transformer_checkpoints.ts";
import { type Family, namedVariants, type Publishable, type Published } from "../family.ts";
import { hubSegformer, mmsegSegformer, segformerKinds } from "./checkpoints.ts";
import { hubConfigFile } from "./hub_config.ts";
import { processorFile } from "../hub_processor.ts";
import { SEGFORMER_PARAMWISE, segformerPresets, segformerTesting } from "./recipes.ts";
import { segformer, segformerAsPublished, type SegformerConfig } from "./segformer.ts";
import { segformerConfig, segformerEps, segformerVariants } from "./variants.ts";

/** SegFormer (Xie et al. 2021). */
export const segformerFamily: Family<SegformerConfig> = {
  name: "segformer",
  licence: MIT_LICENCE,
  model: (config) => pixelModel((p, images) => segformer(p, images, config)),
  asPublished: (config) => pixelModel((p, images) => segformerAsPublished(p, images, config)),
  smallestSide: () => 4, // the stem's stride
  variants: namedVariants(
    segformerVariants,
    { patch: 32, normalization: "deit" } as const,
    segformerConfig,
  ),
  backbone: { encoder: mixTransformers, path: "backbone." },
  checkpoints: segformerKinds,
  foreign: [mmsegSegformer],
  presets: segformerPresets,
  fineTuning: { lr: 6e-5, paramwise: SEGFORMER_PARAMWISE },
  testing: segformerTesting,
  classBias: () => "decode_head.linear_pred.bias",
  anatomy: (config) => mixTransformerAnatomy("backbone.", config),
  publishing: { reader: "transformers", publish: publishSegformer },
};

/** A SegFormer as transformers reads it: model.safetensors, config.json, preprocessor_config.json. */
function publishSegformer(network: Publishable<SegformerConfig>): Published {
  const { config, classes, weights, normalization, protocol, window } = network;
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
      "config.json": json(hubConfigFile(config, classes)),
      "preprocessor_config.json": json(
        processorFile(normalization, protocol, window),
      ),
    },
    notes: block === expected ? [] : [
      `transformers computes with a LayerNorm eps of ${expected}, this network was trained with ` +
      `${block} in its blocks: scores differ by some thousandths`,
    ],
  };
}
