import { oneHot, take } from "../../graph/ops/indices.ts";
import { clip, exp, float, int, mul, sub } from "../../graph/ops/math.ts";
import { logSoftmax } from "../../graph/ops/normalize.ts";
import { pick } from "../../graph/ops/sort.ts";
import { pad, reshape } from "../../graph/ops/structure.ts";
import { constant, scalar, type Tensor } from "../../graph/tensor.ts";

/**
 * The n pixels of a batch as the losses see them: a row for each, shared by all terms of a sum. Of a
 * pixel whose label is no class `valid` and the row of `hot` are 0.
 */
export interface Pixels {
  /** How many images there are, and lines of pixels; they follow each other. */
  readonly images: number;
  readonly lines: number;
  readonly count: number;
  readonly classes: number;
  /** What gradients are taken of: [n, classes]. */
  readonly logits: Tensor;
  /** The logarithms of the softmax, and the softmax: [n, classes]. */
  readonly logs: Tensor;
  readonly probabilities: Tensor;
  /** 1 where the label is a class, else 0: [n, 1]. */
  readonly valid: Tensor;
  /** The label as int64, 0 where it is no class: [n, 1]. */
  readonly label: Tensor;
  /** 1 at the label's class, else 0: [n, classes]. */
  readonly hot: Tensor;
  /** The logarithm of the label's probability; of that of class 0 where there is none: [n, 1]. */
  readonly own: Tensor;
  /** The scores [n, 1] that two classes were made of; null where each class has its own. */
  readonly scores: Tensor | null;
}

/** Logits [b, h, w, classes] and uint8 labels [b, h, w], of which `classes` or more are ignored. */
export function pixelsOf(logits: Tensor, labels: Tensor): Pixels {
  const [b, h, w, classes] = logits.dims(4);
  if (labels.shape.join() !== [b, h, w].join()) {
    throw new RangeError(
      `Cannot take a loss: logits [b, h, w, classes], with the classes last, and labels ` +
        `[b, h, w] needed, got ${logits} and ${labels}`,
    );
  }
  const count = b * h * w;
  const rows = reshape(logits, [count, classes]);
  const truth = float(reshape(labels, [count, 1]));
  const valid = clip(sub(scalar(classes), truth), 0, 1);
  const logs = logSoftmax(rows);
  const label = int(mul(truth, valid));
  return {
    images: b,
    lines: b * h,
    count,
    classes,
    logits: rows,
    logs,
    probabilities: exp(logs),
    valid,
    label,
    hot: oneHot(truth, classes),
    own: take(logs, label),
    scores: null,
  };
}

/**
 * Pixels of two classes with one score [b, h, w, 1] and uint8 labels [b, h, w]: the first class has the
 * logit 0, so that softmax is the second's sigmoid.
 */
export function binaryPixelsOf(scores: Tensor, labels: Tensor): Pixels {
  const [b, h, w] = scores.dims(4);
  const logits = pad(scores, [0, 0, 0, 1], [b, h, w, 2]);
  return { ...pixelsOf(logits, labels), scores: reshape(scores, [b * h * w, 1]) };
}

/** Of values for each class [1, classes] that of each pixel's label: [n, 1], 0 where it is no class. */
export function ofLabel({ label, valid, count }: Pixels, values: Tensor): Tensor {
  return mul(reshape(pick(values, reshape(label, [1, count])), [count, 1]), valid);
}

/** The weights of classes [1, classes], 1 for each where they are alike. */
export function weightRow(classes: number, weights: readonly number[] | null): Tensor {
  if (weights && weights.length !== classes) {
    throw new RangeError(
      `Cannot weigh classes: a weight for each of ${classes} classes needed, got ${weights.length}`,
    );
  }
  return constant([...weights ?? new Array<number>(classes).fill(1)], [1, classes]);
}

/** What each class [1, classes] counts in a mean over classes: of two with one score the second alone. */
export function meanRow({ classes, scores }: Pixels, weights: readonly number[] | null): Tensor {
  return scores ? constant([0, 1], [1, 2]) : weightRow(classes, weights);
}
