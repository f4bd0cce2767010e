import { withGradient } from "../graph/custom.ts";
import { clip, div, exp, float, int, mul, neg, oneHot, sub, take } from "../graph/ops/math.ts";
import { logSoftmax } from "../graph/ops/normalize.ts";
import { sum } from "../graph/ops/reduce.ts";
import { reshape } from "../graph/ops/structure.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/**
 * Cross entropy of logits [b, h, w, classes] against uint8 labels [b, h, w], as the mean over the
 * pixels whose label is a class; labels of `classes` or more (255) are ignored. Without any labelled
 * pixel it is NaN, as in torch.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [b, h, w, classes] = logits.dims(4);
  if (labels.shape.join() !== [b, h, w].join()) {
    throw new RangeError(
      `Cannot take a cross entropy: labels [${b}, ${h}, ${w}] needed for ${logits}, got ${labels}`,
    );
  }
  const pixels = reshape(logits, [b * h * w, classes]);
  const truth = float(reshape(labels, [b * h * w, 1]));
  const valid = clip(sub(scalar(classes), truth), 0, 1);
  const logs = logSoftmax(pixels);
  const share = div(valid, sum(valid, [0, 1])); // of each pixel in the mean
  const loss = neg(sum(mul(take(logs, int(mul(truth, valid))), share), [0, 1]));
  // The textbook gradient, (softmax - one-hot) · share, passes over the pixels fewer times.
  const mean = withGradient(loss, [pixels], (dy) => [
    mul(sub(exp(logs), oneHot(truth, classes)), mul(share, dy)),
  ]);
  return reshape(mean, []);
}
