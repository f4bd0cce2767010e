import { input, type Tensor } from "../../graph/tensor.ts";
import type { LossOptions } from "./options.ts";
import { parseLoss } from "./parse.ts";
import { binaryPixelsOf, type Pixels, pixelsOf } from "./pixels.ts";
import { total } from "./total.ts";

/**
 * The chosen loss of logits [b, h, w, classes] against uint8 labels [b, h, w], of which `classes` or
 * more (255) are ignored. Without any labelled pixel it is 0, and so is its gradient.
 */
export function pixelLoss(logits: Tensor, labels: Tensor, options: LossOptions): Tensor {
  return sumOf(pixelsOf(logits, labels), options);
}

/** The same for two classes with one score [b, h, w, 1], above 0 for the second. */
export function binaryLoss(scores: Tensor, labels: Tensor, options: LossOptions): Tensor {
  return sumOf(binaryPixelsOf(scores, labels), options);
}

/** Refuses a loss that cannot be taken of so many classes. */
export function requireLoss(options: LossOptions, classes: number): void {
  pixelLoss(input("logits", [1, 1, 1, classes]), input("labels", [1, 1, 1], "uint8"), options);
}

function sumOf(pixels: Pixels, options: LossOptions): Tensor {
  const terms = parseLoss(options.loss);
  if (options.labelSmoothing > 0 && !terms.some(({ kind }) => kind === "ce")) {
    throw new RangeError(
      `Cannot smooth labels: a loss with ce needed, got ${options.loss}`,
    );
  }
  return total(pixels, terms.map(({ weight, loss }) => [loss(pixels, options), weight] as const));
}
