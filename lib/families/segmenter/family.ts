import { truncatedNormal, zeros } from "../../nn/init.ts";
import { pixelModel } from "../../nn/model.ts";
import { fitPatches } from "../encoders/patch_resize.ts";
import { fitPositions, vits } from "../encoders/vit_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { segmenterKinds } from "./checkpoints.ts";
import { imageNetHeads, publishSegmenter } from "./publish.ts";
import { segmenterPresets, segmenterTesting } from "./recipes.ts";
import { segmenter, segmenterAnatomy, type SegmenterConfig } from "./segmenter.ts";
import { segmenterConfig, segmenterVariants } from "./variants.ts";

/** Segmenter (Strudel et al. 2021). */
export const segmenterFamily: Family<SegmenterConfig> = {
  name: "segmenter",
  model: (config) => pixelModel((p, images) => segmenter(p, images, config)),
  declareUnused: (p, { encoder }) => {
    for (const [name, shape] of imageNetHeads(encoder)) {
      p.at("encoder").unused(name, shape, shape.length > 1 ? truncatedNormal(0.02) : zeros);
    }
  },
  smallestSide: ({ encoder }) => encoder.patch,
  variants: namedVariants(segmenterVariants, {}, segmenterConfig),
  backbone: {
    encoder: vits,
    path: "encoder.",
    fit: (tensors, { encoder }, origin, patches) => {
      fitPositions(tensors, "encoder.", encoder, origin?.encoder ?? null);
      fitPatches(tensors, "encoder.", encoder, patches);
    },
  },
  checkpoints: segmenterKinds,
  presets: segmenterPresets,
  testing: segmenterTesting,
  publishing: { reader: "the official Segmenter", publish: publishSegmenter },
  classEmbeddings: ({ decoder }) =>
    decoder.name === "linear" ? null : { learned: "decoder.cls_emb", decoded: "decoder.normed" },
  classBias: ({ decoder }) =>
    decoder.name === "linear" ? "decoder.head.bias" : "decoder.mask_norm.bias",
  anatomy: segmenterAnatomy,
};
