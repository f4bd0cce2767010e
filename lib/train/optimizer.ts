import type { Paramwise } from "../families/recipe.ts";
import { add, div, mul, sqrt, sub } from "../graph/ops/math.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../graph/tensor.ts";

/** Stochastic gradient descent as torch.optim.SGD. */
export interface Sgd {
  readonly name: "sgd";
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Adam with decoupled weight decay as torch.optim.AdamW (Loshchilov and Hutter 2019). */
export interface AdamW {
  readonly name: "adamw";
  readonly betas: readonly [number, number];
  readonly eps: number;
}

/** Either optimizer. */
export type Optimizer = Sgd | AdamW;

/** How a parameter group differs from the others. */
export interface Group {
  readonly lrScale: number;
  /** What is added to the scaled rate; 0 if not given. */
  readonly lrShift?: number;
  readonly weightDecay: number;
}

/** A parameter after a step, and what the optimizer remembers of it by name ("exp_avg", …). */
export interface Updated {
  readonly weight: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/** The numbers that change from step to step: scalars that the training graph is fed with. */
export interface Hyper {
  readonly lr: Tensor;
  /** 1 / (1 - β₁ᵗ) and 1 / √(1 - β₂ᵗ): AdamW's bias corrections. */
  readonly correction1: Tensor;
  readonly correction2: Tensor;
}

/** The scalars that a training graph is fed with, by their names. */
export const hyperInputs: Hyper = {
  lr: input("lr", []),
  correction1: input("correction1", []),
  correction2: input("correction2", []),
};

/** A learning rate that the encoder follows in place of the rest's. */
export interface EncoderRate {
  /** Whether a parameter follows it, by its name. */
  readonly follows: (name: string) => boolean;
  /** The rate of a step, counted from 0. */
  readonly lr: (step: number) => number;
}

/** The scalars of what follows an `EncoderRate`, in place of `hyperInputs`. */
export const encoderInputs: Hyper = { ...hyperInputs, lr: input("encoder_lr", []) };

/** What `hyperInputs` are fed at a step, counted from 0. */
export function hyperValues(
  optimizer: Optimizer,
  lr: number,
  step: number,
): Readonly<Record<string, number>> {
  if (optimizer.name === "sgd") return { lr };
  const [beta1, beta2] = optimizer.betas;
  const t = step + 1;
  return { lr, correction1: 1 / (1 - beta1 ** t), correction2: 1 / Math.sqrt(1 - beta2 ** t) };
}

/** The names of what an optimizer remembers of each parameter; it begins as zeros. */
export function stateNames(optimizer: Optimizer): readonly string[] {
  if (optimizer.name === "adamw") return ["exp_avg", "exp_avg_sq"];
  return optimizer.momentum > 0 ? ["momentum_buffer"] : [];
}

/** One step for one parameter, as graph operations. `state` holds a tensor for each state name. */
export function update(
  optimizer: Optimizer,
  weight: Tensor,
  gradient: Tensor,
  state: Readonly<Record<string, Tensor>>,
  group: Group,
  hyper: Hyper,
): Updated {
  return optimizer.name === "adamw"
    ? adamw(optimizer, weight, gradient, state, group, hyper)
    : sgd(optimizer, weight, gradient, state, group, hyper);
}

function sgd(
  { momentum, nesterov }: Sgd,
  weight: Tensor,
  gradient: Tensor,
  state: Readonly<Record<string, Tensor>>,
  group: Group,
  { lr }: Hyper,
): Updated {
  const n = numbersFor(weight);
  const { weightDecay } = group;
  const rate = rateOf(group, lr, n);
  const g = weightDecay > 0 ? add(gradient, mul(weight, n(weightDecay))) : gradient;
  if (momentum === 0) return { weight: sub(weight, mul(g, rate)), state: {} };
  // torch sets the buffer to g at the first step; from zeros, momentum · 0 + g is the same.
  const buffer = add(mul(state.momentum_buffer!, n(momentum)), g);
  const direction = nesterov ? add(g, mul(buffer, n(momentum))) : buffer;
  return { weight: sub(weight, mul(direction, rate)), state: { momentum_buffer: buffer } };
}

function adamw(
  { betas: [beta1, beta2], eps }: AdamW,
  weight: Tensor,
  gradient: Tensor,
  state: Readonly<Record<string, Tensor>>,
  group: Group,
  { lr, correction1, correction2 }: Hyper,
): Updated {
  const n = numbersFor(weight);
  const rate = rateOf(group, lr, n);
  const average = add(mul(state.exp_avg!, n(beta1)), mul(gradient, n(1 - beta1)));
  const square = add(
    mul(state.exp_avg_sq!, n(beta2)),
    mul(mul(gradient, n(1 - beta2)), gradient),
  );
  const deviation = add(mul(sqrt(square), n(correction2)), n(eps));
  const change = mul(div(average, deviation), mul(rate, n(correction1)));
  const kept = mul(weight, sub(n(1), mul(rate, n(group.weightDecay))));
  return { weight: sub(kept, change), state: { exp_avg: average, exp_avg_sq: square } };
}

/** The learning rate of a group. */
function rateOf({ lrScale, lrShift = 0 }: Group, lr: Tensor, n: Numbers): Tensor {
  const scaled = mul(n(lr), n(lrScale));
  return lrShift === 0 ? scaled : add(scaled, n(lrShift));
}

type Numbers = (x: number | Tensor) => Tensor;

/**
 * Numbers to multiply a weight by, in its rank: ONNX Runtime needs 75 times as long for a product of
 * [out, in, 1, 1] (a 1×1 convolution's weight) with a number of lower rank.
 */
function numbersFor({ shape }: Tensor): Numbers {
  const ones = shape.map(() => 1);
  return (x) => reshape(typeof x === "number" ? scalar(x) : x, shape.length > 2 ? ones : []);
}

/** What of a run's config the group of a parameter depends on. */
export interface Grouping {
  readonly lr: number;
  readonly minLr: number;
  readonly weightDecay: number;
  readonly paramwise: Paramwise;
}

/**
 * The group of a parameter. Of several parts that its name holds the longest counts, and of equally
 * long ones the first in the alphabet, as mmcv's `custom_keys` does. All groups decay to the same
 * lowest rate, as in mmcv and torch: a multiplied rate falls by more than the others. `layerScale` multiplies
 * the rate besides, by where in the encoder the parameter is.
 */
export function groupOf(
  name: string,
  { lr, minLr, weightDecay, paramwise }: Grouping,
  layerScale = 1,
): Group {
  const [part] = Object.keys(paramwise).filter((part) => name.includes(part))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const { lrMult: ownMult, decayMult } = part ? paramwise[part]! : { lrMult: 1, decayMult: 1 };
  const lrMult = ownMult * layerScale;
  const decay = weightDecay * decayMult;
  if (minLr === 0 || minLr === lr || lrMult === 1) return { lrScale: lrMult, weightDecay: decay };
  const lrScale = (lrMult * lr - minLr) / (lr - minLr);
  return { lrScale, lrShift: minLr * (1 - lrScale), weightDecay: decay };
}
