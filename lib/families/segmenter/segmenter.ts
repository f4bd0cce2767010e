import { reshape, slice, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import type { Anatomy } from "../anatomy.ts";
import {
  extraTokens,
  padToPatches,
  vitAnatomy,
  type VitConfig,
  vitEncoder,
} from "../encoders/vit.ts";
import {
  decoderAnatomy,
  type LinearDecoder,
  type MaskDecoder,
  maskTransformer,
} from "../mask_transformer.ts";

/** Segmenter (Strudel et al. 2021): a ViT encoder and a linear or Mask Transformer decoder. */
export interface SegmenterConfig {
  readonly encoder: VitConfig;
  readonly decoder: LinearDecoder | MaskDecoder;
  readonly classes: number;
}

/** Class scores, one a patch, of images [b, 3, h, w] of any size, padded to whole patches. */
export function segmenter(p: Scope, images: Tensor, config: SegmenterConfig): Scores {
  const padded = padToPatches(images, config.encoder.patch);
  const [, , height, width] = padded.dims(4);
  return { map: segmenterMasks(p, padded, config), height, width };
}

/** Class scores [b, classes, h/patch, w/patch] of images [b, 3, h, w] of whole patches. */
function segmenterMasks(p: Scope, images: Tensor, config: SegmenterConfig): Tensor {
  const { encoder, decoder, classes } = config;
  const [b, , h, w] = images.dims(4);
  const extra = extraTokens(encoder);
  const tokens = vitEncoder(p.at("encoder"), images, encoder);
  const [, n, dim] = tokens.dims(3);
  const patches = slice(tokens, [0, extra, 0], [b, n - extra, dim]);
  const scores = decoder.name === "linear"
    ? linear(p.at("decoder").at("head"), patches, classes)
    : maskTransformer(p.at("decoder"), patches, classes, decoder);
  const grid = [h / encoder.patch, w / encoder.patch] as const;
  return p.tap("masks", reshape(transpose(scores, [0, 2, 1]), [b, classes, ...grid]));
}

/** What of a Segmenter can be looked at: the encoder's blocks and the Mask Transformer's. */
export function segmenterAnatomy({ encoder, decoder, classes }: SegmenterConfig): Anatomy {
  const inside = vitAnatomy("encoder.", encoder);
  const { attention, features } = decoderAnatomy(encoder, decoder, classes);
  return {
    attention: [...inside.attention, ...attention],
    features: [...inside.features, ...features],
    encoder: inside.encoder,
  };
}
