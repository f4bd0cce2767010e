import { input } from "../graph/tensor.ts";
import type { Model } from "../nn/scores.ts";
import { type Declared, Scope } from "../nn/scope.ts";
import { deeplab } from "./deeplab/deeplab.ts";
import { fcn } from "./fcn/fcn.ts";
import type { BaselineConfig } from "./encoders/resnet.ts";
import { segformer, type SegformerConfig } from "./segformer/segformer.ts";
import { segmenter, type SegmenterConfig } from "./segmenter/segmenter.ts";
import { semanticFpn } from "./semantic_fpn/semantic_fpn.ts";
import { setr, type SetrConfig } from "./setr/setr.ts";

/** A network as plain data: all that its graph depends on besides the size of the images. */
export type Architecture =
  | { readonly family: "segmenter"; readonly config: SegmenterConfig }
  | { readonly family: "segformer"; readonly config: SegformerConfig }
  | { readonly family: "setr"; readonly config: SetrConfig }
  | {
    readonly family: "fcn" | "semantic_fpn" | "deeplabv3plus";
    readonly config: BaselineConfig;
  };

/** What a use of a named network decides. */
export interface VariantUse {
  readonly classes: number;
  /** Side of the square images that the position embeddings are for. */
  readonly image: number;
  /** Stochastic depth of the encoder, 0.1 as published. */
  readonly dropPath: number;
  /** Dropout in the decoder of Segmenter and SegFormer, 0.1 as published. */
  readonly decoderDropout: number;
}

/** The network of an architecture. */
export function modelOf({ family, config }: Architecture): Model {
  switch (family) {
    case "segmenter":
      return (p, images) => segmenter(p, images, config);
    case "segformer":
      return (p, images) => segformer(p, images, config);
    case "setr":
      return (p, images) => setr(p, images, config);
    case "fcn":
      return (p, images) => fcn(p, images, config);
    case "semantic_fpn":
      return (p, images) => semanticFpn(p, images, config);
    case "deeplabv3plus":
      return (p, images) => deeplab(p, images, config);
  }
}

/** What a network without training declares for an image of a side in pixels: its parameters. */
export function declaredBy(architecture: Architecture, side: number): Declared {
  const model = modelOf(architecture);
  return Scope.build(false, (p) => model(p, input("images", [1, 3, side, side])));
}
