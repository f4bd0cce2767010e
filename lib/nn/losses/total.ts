import { withGradient } from "../../graph/custom.ts";
import { sum } from "../../graph/ops/broadcast.ts";
import { concat, split } from "../../graph/ops/concat.ts";
import { add, exp, mul, neg, sub } from "../../graph/ops/math.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { place, placeOnto } from "../../graph/ops/sort.ts";
import { reshape, swapLast } from "../../graph/ops/structure.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";
import { ofLabel, type Pixels, weightRow } from "./pixels.ts";

/**
 * What a loss is computed of. Losses of the first two kinds share one gradient in a sum, since one at full
 * resolution is passes over all pixels' classes and little else.
 */
export type LossPart =
  /** A sum over pixels of a function of `own` [1, 1], and its derivative by -own: [n, 1], 0 where ignored. */
  | { readonly of: "own"; readonly loss: Tensor; readonly slope: Tensor }
  /** A function of the sums for each class. */
  | { readonly of: "sums"; readonly loss: (sums: ClassSums) => Tensor }
  /** Anything, with a gradient of its own. */
  | { readonly of: "pixels"; readonly loss: Tensor };

/** Sums over the labelled pixels of a batch, each [1, classes]. */
export interface ClassSums {
  /** The probability of each class at its own pixels. */
  readonly hit: Tensor;
  /** The probability of each class everywhere. */
  readonly predicted: Tensor;
  /** The pixels of each class; a constant for the gradient. */
  readonly labelled: Tensor;
}

/** Losses and what each counts, as one scalar. */
export function total(
  pixels: Pixels,
  parts: readonly (readonly [part: LossPart, weight: number])[],
): Tensor {
  let own: Own | null = null;
  const ofSums: ((sums: ClassSums) => Tensor)[] = [];
  const others: Tensor[] = [];
  for (const [part, weight] of parts) {
    if (part.of === "own") own = plus(own, part, weight);
    else if (part.of === "sums") ofSums.push((sums) => times(part.loss(sums), weight));
    else others.push(times(part.loss, weight));
  }
  const shared = ofSums.length > 0 ? withSums(pixels, own, ofSums) : own && [ownLoss(pixels, own)];
  return [...shared ?? [], ...others].map((loss) => reshape(loss, [])).reduce(add);
}

type Own = Extract<LossPart, { of: "own" }>;

function times(x: Tensor, weight: number): Tensor {
  return weight === 1 ? x : mul(x, scalar(weight));
}

function plus(first: Own | null, { of, loss, slope }: Own, weight: number): Own {
  const next: Own = { of, loss: times(loss, weight), slope: times(slope, weight) };
  if (!first) return next;
  return { of, loss: add(first.loss, next.loss), slope: add(first.slope, next.slope) };
}

/** The textbook gradient, (softmax - one-hot) · slope, passes over the pixels fewer times. */
function ownLoss({ logits, probabilities, hot }: Pixels, { loss, slope }: Own): Tensor {
  return withGradient(loss, [logits], (dy) => [mul(sub(probabilities, hot), mul(slope, dy))]);
}

/**
 * Losses of sums, and of `own` where there are such. With A = dL/dhit, B = dL/dpredicted and the slope s of
 * `own` the gradient is p ⊙ (v B + s - a - v p·B), less s - a at the label, for a = p(label) A(label): the
 * sums read all pixels once, the gradient writes them twice, fewer than cross entropy alone does.
 */
function withSums(
  pixels: Pixels,
  own: Own | null,
  losses: readonly ((sums: ClassSums) => Tensor)[],
): Tensor[] {
  const { lines, count, classes, logits, probabilities, valid, label } = pixels;
  const surely = mul(exp(pixels.own), valid); // [n, 1]
  const line = (x: Tensor) => reshape(x, [lines, count / lines]);
  // Line by line: sums of a whole batch would round away a part of each pixel.
  const byClass = (x: Tensor) => sum(place(line(x), line(label), classes), [0]); // [1, classes]
  const maps = reshape(probabilities, [lines, count / lines, classes]);
  const predicted = sum(matmul(reshape(valid, [lines, 1, count / lines]), maps), [0]);
  const values = [byClass(surely), reshape(predicted, [1, classes]), ...own ? [own.loss] : []];
  const sides = values.map(({ shape }) => shape[1]!);
  const derived = withGradient(concat(values, 1), [logits], (dy) => {
    const [toHit, toPredicted, toOwn] = split(dy, 1, sides) as [Tensor, Tensor, Tensor?];
    const hit = mul(surely, ofLabel(pixels, toHit));
    const atLabel = toOwn ? sub(mul(own!.slope, toOwn), hit) : neg(hit);
    const expected = mul(valid, matmul(probabilities, swapLast(toPredicted)));
    const slopes = concat([valid, sub(atLabel, expected)], 1); // [n, 2]
    const everywhere = matmul(slopes, concat([toPredicted, weightRow(classes, null)], 0));
    return [placeOnto(mul(probabilities, everywhere), neg(atLabel), label)];
  });
  const [hit, all, ofOwn] = split(derived, 1, sides) as [Tensor, Tensor, Tensor?];
  const sums = { hit, predicted: all, labelled: byClass(valid) };
  return [...ofOwn ? [ofOwn] : [], ...losses.map((loss) => loss(sums))];
}
