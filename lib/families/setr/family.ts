import { normal, zeros } from "../../nn/init.ts";
import { pixelModel } from "../../nn/model.ts";
import { fitPatches } from "../encoders/patch_resize.ts";
import { vitAnatomy } from "../encoders/vit.ts";
import { fitPositions, vits } from "../encoders/vit_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { mmsegSetrs, setrClassifiers, setrKinds } from "./checkpoints.ts";
import { SETR_PARAMWISE, setrPresets, setrTesting } from "./recipes.ts";
import { setr, type SetrConfig } from "./setr.ts";
import { setrConfig, setrVariants } from "./variants.ts";

/** What mmseg's base class gives every head's classifier as input, which SETR's heads do not use. */
const UNUSED_CHANNELS = 512;

/** SETR (Zheng et al. 2021). */
export const setrFamily: Family<SetrConfig> = {
  name: "setr",
  model: (config) => pixelModel((p, images) => setr(p, images, config)),
  declareUnused: (p, { auxiliary, classes }) => {
    const heads = ["decode_head", ...auxiliary.map((_, k) => `auxiliary_head.${k}`)];
    for (const head of heads) {
      p.unused(`${head}.conv_seg.weight`, [classes, UNUSED_CHANNELS, 1, 1], normal(0.01));
      p.unused(`${head}.conv_seg.bias`, [classes], zeros);
    }
  },
  smallestSide: ({ encoder }) => encoder.patch,
  variants: namedVariants(
    setrVariants,
    { patch: 16, image: 512, normalization: "deit" } as const,
    setrConfig,
  ),
  backbone: {
    encoder: vits,
    path: "backbone.",
    fit: (tensors, { encoder }, origin, patches) => {
      fitPositions(tensors, "backbone.", encoder, origin?.encoder ?? null);
      fitPatches(tensors, "backbone.", encoder, patches);
    },
  },
  checkpoints: setrKinds,
  foreign: mmsegSetrs,
  presets: setrPresets,
  fineTuning: { paramwise: SETR_PARAMWISE },
  testing: setrTesting,
  classBias: ({ head }) => `decode_head.${setrClassifiers[head]}.bias`,
  anatomy: ({ encoder, head }) => vitAnatomy("backbone.", encoder, head !== "mla"),
};
