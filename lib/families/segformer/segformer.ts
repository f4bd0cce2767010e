import type { Tensor } from "../../graph/tensor.ts";
import type { Scope } from "../../nn/scope.ts";
import type { Scores } from "../../nn/scores.ts";
import { mixTransformer, type MixTransformerConfig } from "../encoders/mix_transformer.ts";
import { allMlpHead, foldedAllMlpHead, type Head, type HeadConfig } from "./head.ts";

/** SegFormer (Xie et al. 2021): a Mix Transformer and an all-MLP head. */
export interface SegformerConfig extends MixTransformerConfig, HeadConfig {}

/** Class scores at a quarter of the sides of images [b, 3, h, w] of any size from 29 pixels. */
export function segformer(p: Scope, images: Tensor, config: SegformerConfig): Scores {
  return withHead(foldedAllMlpHead, p, images, config);
}

/** The same values with the head as published: slower, what the papers count multiply-adds of. */
export function segformerAsPublished(p: Scope, images: Tensor, config: SegformerConfig): Scores {
  return withHead(allMlpHead, p, images, config);
}

function withHead(head: Head, p: Scope, images: Tensor, config: SegformerConfig): Scores {
  const [, , height, width] = images.dims(4);
  const maps = mixTransformer(p.at("backbone"), images, config);
  return { map: head(p.at("decode_head"), maps, config), height, width };
}
