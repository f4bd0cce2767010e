import { reshape, slice, transpose } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import type { Anatomy } from "../anatomy.ts";
import { dinoAnatomy, type DinoConfig, dinoEncoder, dinoPrefix } from "../encoders/dino.ts";
import { padToPatches } from "../encoders/vit.ts";
import {
  decoderAnatomy,
  type LinearDecoder,
  type MaskDecoder,
  maskTransformer,
} from "../mask_transformer.ts";

/** Segmenter's decoders on an encoder that DINOv2 or DINOv3 trained. */
export interface DinoSegmenterConfig {
  readonly encoder: DinoConfig;
  readonly decoder: LinearDecoder | MaskDecoder;
  readonly classes: number;
}

/** Class scores, one a patch, of images [b, 3, h, w] of any size, padded to whole patches. */
export function dinoSegmenter(p: Scope, images: Tensor, config: DinoSegmenterConfig): Scores {
  const { encoder, decoder, classes } = config;
  const padded = padToPatches(images, encoder.patch);
  const [b, , height, width] = padded.dims(4);
  const tokens = dinoEncoder(p.at("encoder"), padded, encoder);
  const [, n, dim] = tokens.dims(3);
  const prefix = dinoPrefix(encoder);
  const patches = slice(tokens, [0, prefix, 0], [b, n - prefix, dim]);
  const scores = decoder.name === "linear"
    ? linear(p.at("decoder").at("head"), patches, classes)
    : maskTransformer(p.at("decoder"), patches, classes, decoder);
  const grid = [height / encoder.patch, width / encoder.patch] as const;
  const map = p.tap("masks", reshape(transpose(scores, [0, 2, 1]), [b, classes, ...grid]));
  return { map, height, width };
}

/** What of it can be looked at: the encoder's blocks and the Mask Transformer's. */
export function dinoSegmenterAnatomy({ encoder, decoder, classes }: DinoSegmenterConfig): Anatomy {
  const inside = dinoAnatomy("encoder.", encoder);
  const { attention, features } = decoderAnatomy(encoder, decoder, classes);
  return {
    attention: [...inside.attention, ...attention],
    features: [...inside.features, ...features],
    encoder: inside.encoder,
  };
}
