import { sum } from "../../graph/ops/broadcast.ts";
import { concat, split } from "../../graph/ops/concat.ts";
import {
  add,
  div,
  equal,
  float,
  log,
  min,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sub,
} from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { logSoftmax, softmax } from "../../graph/ops/normalize.ts";
import { oneHot } from "../../graph/ops/indices.ts";
import { mean } from "../../graph/ops/reduce.ts";
import { pick, topK } from "../../graph/ops/sort.ts";
import { reshape, swapLast } from "../../graph/ops/structure.ts";
import { constant, input, scalar, type Tensor } from "../../graph/tensor.ts";
import { keptArrays } from "../../array.ts";
import type { Objective } from "../../nn/model.ts";
import type { EomtAnswer, EomtConfig, Prediction } from "./eomt.ts";
import { drawn, matched } from "./matching.ts";
import { cornersOf, type Points, randomPoints, sampled } from "./points.ts";

/** What the terms count, in the matching's costs and in the loss alike (EoMT's configs, Mask2Former's). */
const WEIGHTS = { classes: 2, mask: 5, dice: 5 } as const;

/** What a query that answers for no object counts in cross entropy. */
const NO_OBJECT_WEIGHT = 0.1;

/** The objects that a batch shows, as inputs of the graph (truth.ts). */
interface Truth {
  /** The number of each pixel's object [b, rows · columns], as float32. */
  readonly map: Tensor;
  readonly rows: number;
  readonly columns: number;
  /** [b, objects, classes + 1] */
  readonly hot: Tensor;
  readonly count: Tensor;
}

/** The loss of one prediction, each term without its weight. */
export interface Terms {
  readonly classes: Tensor;
  readonly mask: Tensor;
  readonly dice: Tensor;
}

/** EoMT's loss of images of h × w pixels, with its terms for each prediction (tue-mps/eomt training/mask_classification_loss.py). */
export function eomtObjective(
  { predictions }: EomtAnswer,
  [b, h, w]: readonly [number, number, number],
  config: EomtConfig,
): Objective & { readonly terms: readonly Terms[] } {
  const { classes, objects } = config;
  const truth: Truth = {
    map: reshape(float(input("objects/map", [b, h, w], "uint8")), [b, h * w]),
    rows: h,
    columns: w,
    hot: input("objects/hot", [b, objects, classes + 1]),
    count: input("objects/count", []),
  };
  const costs = predictions.map((prediction, l) => costOf(prediction, truth, config, l));
  const terms = predictions.map((prediction, l) => termsOf(prediction, truth, config, l));
  const room = keptArrays();
  const weighted = terms.map(({ classes, mask, dice }) =>
    add(
      mul(classes, scalar(WEIGHTS.classes)),
      add(mul(mask, scalar(WEIGHTS.mask)), mul(dice, scalar(WEIGHTS.dice))),
    )
  );
  return {
    terms,
    loss: weighted.reduce(add),
    matching: {
      given: (truth, random, progress) =>
        drawn(config, [b, h, w], predictions.length, truth, random, progress, room),
      needs: Object.fromEntries(costs.map((cost, l) => [`cost${l}`, cost])),
      targets: (needs, given) => matched(config, b, predictions.length, needs, given),
    },
  };
}

/** Points [..., 2, k] apart: [..., k] each. */
function apart(points: Tensor): Points {
  const [x, y] = split(points, points.shape.length - 2, [1, 1]).map((part) =>
    reshape(part, part.shape.toSpliced(-2, 1))
  ) as [Tensor, Tensor];
  return { x, y };
}

/** What it costs that a query answers for an object [b, queries, objects]; nothing for rows without an object. */
function costOf(
  { classes, masks }: Prediction,
  truth: Truth,
  { points: k, objects }: EomtConfig,
  l: number,
): Tensor {
  const [b, queries, rows, columns] = masks.dims(4);
  const points = apart(reshape(input(`points/match${l}`, [b, 2, k]), [b, 1, 2, k])); // [b, 1, k]
  const flat = reshape(masks, [b, queries, rows * columns]);
  const logits = sampled(flat, cornersOf(points, rows, columns)); // [b, queries, k]
  const truths = truthAt(points, truth, objects);
  const probabilities = sigmoid(logits);
  const overlap = (x: Tensor) => matmul(x, swapLast(truths)); // [b, queries, objects]
  const surprise = sub(sum(softplusOf(logits, probabilities), [-1]), overlap(logits));
  const all = add(sum(probabilities, [-1]), swapLast(sum(truths, [-1])));
  const dice = diceOf(overlap(probabilities), all);
  const found = matmul(softmax(classes), swapLast(truth.hot));
  return add(
    mul(found, scalar(-WEIGHTS.classes)),
    add(mul(surprise, scalar(WEIGHTS.mask / k)), mul(dice, scalar(WEIGHTS.dice))),
  );
}

/**
 * ln(1 + e^x) of logits whose sigmoid is known, as max(x, 0) - ln(max(p, 1 - p)): of so many numbers ONNX Runtime's
 * own takes five times as long.
 */
function softplusOf(x: Tensor, p: Tensor): Tensor {
  const surer = sub(scalar(1), min(p, sub(scalar(1), p)));
  return sub(relu(x), log(surer));
}

/** The numbers of objects [objects, 1]. */
function numbers(objects: number): Tensor {
  return constant(Array.from({ length: objects }, (_, i) => i), [objects, 1]);
}

/** 1 less the overlap of two masks, of what both have in common and of the sum of both. */
function diceOf(common: Tensor, both: Tensor): Tensor {
  const twice = add(mul(common, scalar(2)), scalar(1));
  return sub(scalar(1), div(twice, add(both, scalar(1))));
}

function termsOf(prediction: Prediction, truth: Truth, config: EomtConfig, l: number): Terms {
  const { classes, masks } = prediction;
  const [b, queries, rows, columns] = masks.dims(4);
  const { objects } = config;
  const pairs = input(`pairs/${l}`, [b, objects, queries]);
  const logits = matmul(pairs, reshape(masks, [b, queries, rows * columns])); // of each object's query
  const points = uncertain(logits, rows, columns, config, l);
  const x = sampled(logits, cornersOf(points, rows, columns)); // [b, objects, k]
  const y = truthAt(points, truth, objects);
  const isPair = sum(pairs, [-1]); // [b, objects, 1]
  const surprise = mean(sub(softplus(x), mul(x, y)), [-1]);
  const probabilities = sigmoid(x);
  const common = sum(mul(probabilities, y), [-1]);
  const dice = diceOf(common, add(sum(probabilities, [-1]), sum(y, [-1])));
  const total = (values: Tensor) =>
    div(reshape(sum(mul(values, isPair), [0, 1, 2]), []), truth.count);
  return { classes: classTerm(classes, l), mask: total(surprise), dice: total(dice) };
}

/** Cross entropy over all queries of a batch, in which those without an object count less. */
function classTerm(logits: Tensor, l: number): Tensor {
  const [b, queries, count] = logits.dims(3);
  const label = input(`pairs/classes${l}`, [b, queries, 1]);
  const hot = oneHot(label, count);
  const weights = constant(
    Array.from({ length: count }, (_, i) => i < count - 1 ? 1 : NO_OBJECT_WEIGHT),
  );
  const own = mul(hot, weights);
  const surprise = sum(neg(mul(own, logSoftmax(logits))), [0, 1, 2]);
  return reshape(div(surprise, sum(own, [0, 1, 2])), []);
}

/**
 * Where masks [b, objects, rows · columns] are compared: of three times as many random points those where they are
 * least decided, three quarters of all, and the rest anywhere (PointRend).
 */
function uncertain(
  logits: Tensor,
  rows: number,
  columns: number,
  { points: k, objects }: EomtConfig,
  l: number,
): Points {
  const [b] = logits.dims(3);
  const random = randomPoints(k);
  const candidates = apart(input(`points/candidates${l}`, [b, objects, 2, 3 * k]));
  const others = apart(input(`points/random${l}`, [b, objects, 2, random]));
  const values = sampled(logits, cornersOf(candidates, rows, columns));
  const least = topK(mul(values, values), { k: k - random, largest: false, sorted: false }).indices;
  const chosen = (all: Tensor, rest: Tensor) => concat([pick(all, least), rest], 2);
  return { x: chosen(candidates.x, others.x), y: chosen(candidates.y, others.y) };
}

/** How much of points [b, n, k] is inside of each object [b, objects, k]; n is 1 where all objects share them. */
function truthAt({ x, y }: Points, truth: Truth, objects: number): Tensor {
  const [b, n, k] = x.dims(3);
  const flat = { x: reshape(x, [b, n * k]), y: reshape(y, [b, n * k]) };
  return cornersOf(flat, truth.rows, truth.columns).map(({ index, weight }) => {
    const at = reshape(pick(truth.map, index), [b, n, k]);
    return mul(float(equal(at, numbers(objects))), reshape(weight, [b, n, k]));
  }).reduce(add);
}
