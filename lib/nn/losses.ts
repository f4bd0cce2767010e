import { withGradient } from "../graph/custom.ts";
import { div, exp, float, int, lessThan, mul, neg, oneHot, sub, take } from "../graph/ops/math.ts";
import { logSoftmax } from "../graph/ops/normalize.ts";
import { sum } from "../graph/ops/reduce.ts";
import { reshape, transpose } from "../graph/ops/structure.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/**
 * Cross entropy of logits [b, classes, h, w] against uint8 labels [b, h, w], as the mean over the
 * pixels whose label is a class; labels of `classes` or more (255) are ignored. Without any labelled
 * pixel it is NaN, as in torch.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [b, classes, h, w] = logits.dims(4);
  const pixels = reshape(transpose(logits, [0, 2, 3, 1]), [b * h * w, classes]);
  const truth = reshape(labels, [b * h * w, 1]);
  const valid = float(lessThan(float(truth), scalar(classes)));
  const index = int(mul(float(truth), valid));
  const logs = logSoftmax(pixels);
  const share = div(valid, sum(valid, [0, 1])); // of each pixel in the mean
  const loss = neg(sum(mul(take(logs, index), share), [0, 1]));
  // The textbook gradient, (softmax - one-hot) · share, passes over the pixels fewer times.
  const mean = withGradient(loss, [pixels], (dy) => [
    mul(sub(exp(logs), oneHot(truth, classes)), mul(share, dy)),
  ]);
  return reshape(mean, []);
}
