/**
 * What a loss is divided by: the number of labelled pixels, as torch does, or of all pixels, as mmseg
 * 0.x does, where a batch with many ignored or padded ones counts less.
 */
export type PixelMean = "labelled" | "all";

/** What a use of a network may choose of its loss. */
export interface LossOptions {
  /** The sum of losses that is minimised: "ce", "ce+0.5*dice" … as `parseLoss` reads it. */
  readonly loss: string;
  /** Over which pixels the loss is a mean. */
  readonly mean: PixelMean;
  /**
   * A weight for each class: of its pixels in the losses of pixels, as torch's cross entropy has it,
   * and in the mean over classes of the others; null weighs all alike.
   */
  readonly classWeights: readonly number[] | null;
  /** The share of the truth in cross entropy that is spread over all classes, from 0 to 1. */
  readonly labelSmoothing: number;
}

/** Cross entropy over the labelled pixels, all classes alike. */
export const PLAIN_LOSS: LossOptions = {
  loss: "ce",
  mean: "labelled",
  classWeights: null,
  labelSmoothing: 0,
};
