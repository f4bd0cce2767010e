import { pixelModel } from "../../nn/model.ts";
import { mixTransformers } from "../encoders/mix_transformer_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { mmsegSegformer, segformerKinds } from "./checkpoints.ts";
import { publishSegformer } from "./hub_config.ts";
import { SEGFORMER_PARAMWISE, segformerPresets, segformerTesting } from "./recipes.ts";
import { segformer, type SegformerConfig } from "./segformer.ts";
import { segformerConfig, segformerVariants } from "./variants.ts";

/** SegFormer (Xie et al. 2021). */
export const segformerFamily: Family<SegformerConfig> = {
  name: "segformer",
  model: (config) => pixelModel((p, images) => segformer(p, images, config)),
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
  publishing: { reader: "transformers", publish: publishSegformer },
};
