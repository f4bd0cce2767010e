import { withGradient } from "../../graph/custom.ts";
import { sum } from "../../graph/ops/broadcast.ts";
import { add, div, mul, sub } from "../../graph/ops/math.ts";
import { reshape } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import type { LossOptions } from "./options.ts";
import { meanRow, type Pixels } from "./pixels.ts";
import type { LossPart } from "./total.ts";

/**
 * V-Net's Dice (Milletari et al. 2016) as TransUNet and Swin-Unet train with it: for each class
 * 1 - (2 Σ p t + s) / (Σ p² + Σ t² + s) over all labelled pixels of the batch, for probabilities p and truth
 * t, and the mean over all classes, the background and absent ones too.
 */
export function squaredDice(
  pixels: Pixels,
  { smooth }: { readonly smooth: number },
  { classWeights }: Pick<LossOptions, "classWeights">,
): LossPart {
  const { lines, count, classes, logits, probabilities, hot, valid } = pixels;
  // Line by line: sums of a whole batch would round away a part of each pixel.
  const byClass = (x: Tensor) =>
    reshape(sum(sum(reshape(x, [lines, count / lines, classes]), [1]), [0]), [1, classes]);
  const seen = mul(probabilities, valid);
  const both = add(mul(byClass(mul(seen, hot)), scalar(2)), scalar(smooth));
  const union = add(add(byClass(mul(seen, seen)), byClass(hot)), scalar(smooth));
  const weights = meanRow(pixels, classWeights);
  const share = div(weights, sum(weights, [0, 1]));
  const score = div(both, union);
  const loss = sum(mul(sub(scalar(1), score), share), [0, 1]);
  const derived = withGradient(loss, [logits], (dy) => {
    // d score / dp = 2 (t - score · p) / union.
    const scale = mul(div(mul(share, scalar(-2)), union), dy); // [1, classes]
    const toP = mul(sub(hot, mul(seen, score)), scale);
    return [mul(probabilities, sub(toP, sum(mul(toP, probabilities), [1])))];
  });
  return { of: "pixels", loss: derived };
}
