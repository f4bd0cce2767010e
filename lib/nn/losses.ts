import type { Tensor } from "../graph/tensor.ts";
import { div, int, mul, neg, oneHot } from "../graph/ops/math.ts";
import { logSoftmax } from "../graph/ops/normalize.ts";
import { sum } from "../graph/ops/reduce.ts";
import { reshape, transpose } from "../graph/ops/structure.ts";

/**
 * Cross entropy of logits [b, classes, h, w] against uint8 labels [b, h, w], as the mean over the
 * pixels whose label is a class; labels of `classes` or more (255) are ignored.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const [b, classes, h, w] = logits.dims(4);
  const pixels = reshape(transpose(logits, [0, 2, 3, 1]), [b * h * w, classes]);
  const truth = oneHot(int(reshape(labels, [b * h * w])), classes);
  const count = sum(truth, [0, 1]);
  return reshape(div(neg(sum(mul(truth, logSoftmax(pixels)), [0, 1])), count), []);
}
