import { withGradient } from "../../graph/custom.ts";
import { sum } from "../../graph/ops/broadcast.ts";
import {
  add,
  clip,
  div,
  exp,
  float,
  lessThan,
  mul,
  neg,
  pow,
  softplus,
  sub,
} from "../../graph/ops/math.ts";
import { scalar } from "../../graph/tensor.ts";
import { weighed } from "./cross_entropy.ts";
import type { LossOptions } from "./options.ts";
import { meanRow, type Pixels } from "./pixels.ts";
import type { LossPart } from "./total.ts";

/** How little what is already right counts. */
export interface Focal {
  /** The power of 1 - p that each cross entropy is multiplied by. */
  readonly gamma: number;
  /** What pixels of a class count in its loss, and 1 - alpha the others; null counts all alike. */
  readonly alpha: number | null;
  /** Below this p nothing is damped, and above it ((1 - p) / reduced)^gamma is; null damps everywhere. */
  readonly reduced: number | null;
  /** Whether the loss of a class is divided by the sum of its damping factors. */
  readonly normalized: boolean;
}

const LEAST = 1e-6;
const LARGE = 1e30;

/**
 * RetinaNet's focal loss, each class against all others by a sigmoid of its own and no softmax, as
 * segmentation_models.pytorch and mmseg have it: the mean over labelled pixels, then over classes.
 */
export function focal(
  pixels: Pixels,
  { gamma, alpha, reduced, normalized }: Focal,
  { mean, classWeights }: Pick<LossOptions, "mean" | "classWeights">,
): LossPart {
  const { logits, hot, valid } = pixels;
  const side = sub(mul(hot, scalar(2)), scalar(1)); // 1 at the label's class, else -1
  const surprise = softplus(neg(mul(logits, side))); // -ln p
  const p = exp(neg(surprise));
  const rest = sub(scalar(1), p);
  const damp = pow(reduced === null ? rest : mul(rest, scalar(1 / reduced)), gamma);
  const isWrong = reduced === null ? null : float(lessThan(p, scalar(reduced)));
  const factor = isWrong ? add(mul(damp, sub(scalar(1), isWrong)), isWrong) : damp;
  const balance = alpha === null
    ? valid
    : mul(add(mul(hot, scalar(2 * alpha - 1)), scalar(1 - alpha)), valid);

  const [, total] = weighed(pixels, { mean, classWeights: null });
  const weights = meanRow(pixels, classWeights);
  const sums = sum(mul(mul(factor, surprise), balance), [0]); // [1, classes]
  const norm = normalized ? clip(sum(mul(factor, valid), [0]), LEAST, LARGE) : scalar(1);
  const scale = div(weights, mul(mul(norm, total), sum(weights, [0, 1])));
  const loss = sum(mul(sums, scale), [0, 1]);
  // d factor / ds = -gamma · factor · p where it damps, d surprise / ds = -(1 - p), for s = ±logit.
  const derived = withGradient(loss, [logits], (dy) => {
    const slope = mul(mul(isWrong ? mul(damp, sub(scalar(1), isWrong)) : damp, p), scalar(gamma));
    const counted = mul(surprise, balance);
    const own = normalized ? sub(counted, mul(valid, div(sums, norm))) : counted;
    const ds = add(mul(slope, own), mul(mul(factor, rest), balance));
    return [mul(mul(ds, side), mul(scale, neg(dy)))];
  });
  return { of: "pixels", loss: derived };
}

/** The same damping of softmax's cross entropy: the mean of (1 - p)^gamma · -ln p over labelled pixels. */
export function softmaxFocal(
  pixels: Pixels,
  { gamma }: Pick<Focal, "gamma">,
  options: Pick<LossOptions, "mean" | "classWeights">,
): LossPart {
  const share = div(...weighed(pixels, options));
  const p = exp(pixels.own);
  const rest = clip(sub(scalar(1), p), LEAST, 1);
  const damp = pow(rest, gamma);
  const loss = neg(sum(mul(mul(damp, pixels.own), share), [0, 1]));
  const steeper = mul(mul(pow(rest, gamma - 1), mul(p, pixels.own)), scalar(gamma));
  return { of: "own", loss, slope: mul(sub(damp, steeper), share) };
}
