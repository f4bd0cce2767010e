import { withGradient } from "../graph/custom.ts";
import { sum } from "../graph/ops/broadcast.ts";
import { oneHot, take } from "../graph/ops/indices.ts";
import { clip, div, exp, float, int, mul, neg, sub } from "../graph/ops/math.ts";
import { logSoftmax } from "../graph/ops/normalize.ts";
import { reshape } from "../graph/ops/structure.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/**
 * What a loss is divided by: the number of labelled pixels, as torch does, or of all pixels, as mmseg
 * 0.x does, where a batch with many ignored or padded ones counts less.
 */
export type PixelMean = "labelled" | "all";

/**
 * Cross entropy of logits [b, h, w, classes] against uint8 labels [b, h, w], as the mean over the
 * pixels whose label is a class; labels of `classes` or more (255) are ignored. Without any labelled
 * pixel it is 0, and so is its gradient; torch's is NaN there.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  mean: PixelMean = "labelled",
): Tensor {
  const [b, h, w, classes] = logits.dims(4);
  if (labels.shape.join() !== [b, h, w].join()) {
    throw new RangeError(
      `Cannot take a cross entropy: logits [b, h, w, classes], with the classes last, and labels ` +
        `[b, h, w] needed, got ${logits} and ${labels}`,
    );
  }
  const pixels = reshape(logits, [b * h * w, classes]);
  const truth = float(reshape(labels, [b * h * w, 1]));
  const valid = clip(sub(scalar(classes), truth), 0, 1);
  const logs = logSoftmax(pixels);
  const all = b * h * w;
  const count = mean === "all" ? scalar(all) : clip(sum(valid, [0, 1]), 1, all);
  const share = div(valid, count); // of each pixel in the mean
  const loss = neg(sum(mul(take(logs, int(mul(truth, valid))), share), [0, 1]));
  // The textbook gradient, (softmax - one-hot) · share, passes over the pixels fewer times.
  const derived = withGradient(loss, [pixels], (dy) => [
    mul(sub(exp(logs), oneHot(truth, classes)), mul(share, dy)),
  ]);
  return reshape(derived, []);
}
