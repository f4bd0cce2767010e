import { pixelModel } from "../../nn/model.ts";
import { dinos, fitDino } from "../encoders/dino_checkpoints.ts";
import { type Family, namedVariants } from "../family.ts";
import { dinoSegmenter, dinoSegmenterAnatomy, type DinoSegmenterConfig } from "./dino_segmenter.ts";
import { dinoConfig, dinoVariants } from "./variants.ts";

/** Segmenter's decoders on encoders that DINOv2 and DINOv3 trained. */
export const dinoFamily: Family<DinoSegmenterConfig> = {
  name: "dino",
  model: (config) => pixelModel((p, images) => dinoSegmenter(p, images, config)),
  smallestSide: ({ encoder }) => encoder.patch,
  variants: namedVariants(dinoVariants, { normalization: "imagenet" } as const, dinoConfig),
  backbone: {
    encoder: dinos,
    path: "encoder.",
    fit: (tensors, { encoder }, _, patches) => fitDino(tensors, "encoder.", encoder, patches),
  },
  checkpoints: [],
  presets: {},
  classEmbeddings: ({ decoder }) =>
    decoder.name === "linear" ? null : { learned: "decoder.cls_emb", decoded: "decoder.normed" },
  classBias: ({ decoder }) =>
    decoder.name === "linear" ? "decoder.head.bias" : "decoder.mask_norm.bias",
  anatomy: dinoSegmenterAnatomy,
};
