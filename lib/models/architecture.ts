import type { Model } from "../nn/scores.ts";
import { segmenter, type SegmenterConfig } from "./segmenter.ts";

/** A network as plain data: all that its graph depends on besides the size of the images. */
export type Architecture = { readonly family: "segmenter"; readonly config: SegmenterConfig };

/** What a use of a named network decides. */
export interface VariantUse {
  readonly classes: number;
  /** Side of the square images that the position embeddings are for. */
  readonly image: number;
  /** Stochastic depth of the encoder, 0.1 as published. */
  readonly dropPath: number;
  /** Dropout in the decoder, 0.1 as published. */
  readonly decoderDropout: number;
}

/** The network of an architecture. */
export function modelOf({ config }: Architecture): Model {
  return (p, images) => segmenter(p, images, config);
}
