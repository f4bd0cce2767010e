import { batchNorm as normalize, batchNormTraining } from "../graph/ops/batch_norm.ts";
import { type Conv2d, conv2d } from "../graph/ops/conv.ts";
import { add, mul } from "../graph/ops/math.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { normal, ones, uniformFanIn, zeros } from "./init.ts";
import type { Scope } from "./scope.ts";

/** A convolution with a square kernel. What is left out is 1; no padding. */
export interface ConvConfig extends Partial<Conv2d> {
  /** Channels that come out. */
  readonly out: number;
  /** The kernel's side in pixels. */
  readonly kernel: number;
  /** Whether something is added to each channel. */
  readonly bias: boolean;
}

/** How much of a batch's statistics goes into the running ones in a step, as in torch. */
const MOMENTUM = 0.1;

/**
 * How much of a buffer stays in a step. What it becomes is that share of it, plus what the batch gives: where
 * it is fed as zeros, the batch's part alone comes out.
 */
export const BUFFER_KEEP = 1 - MOMENTUM;

/** Convolution of x [b, in, h, w] to [b, out, …]; its weights begin as He et al. 2015's (fan out). */
export function conv(p: Scope, x: Tensor, config: ConvConfig): Tensor {
  const { out, kernel, bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = config;
  const [, channels] = x.dims(4);
  const std = Math.sqrt(2 / (kernel * kernel * out / groups));
  const weight = p.param("weight", [out, channels / groups, kernel, kernel], normal(std));
  const offset = bias ? p.param("bias", [out], zeros) : null;
  return conv2d(x, weight, offset, { stride, padding, dilation, groups });
}

/** A 3×3 convolution of x [b, in, h, w] to class scores, which begins as torch's: He's weights would begin with large ones. */
export function scoreConv(p: Scope, x: Tensor, classes: number): Tensor {
  const [, channels] = x.dims(4);
  const init = uniformFanIn(9 * channels);
  const weight = p.param("weight", [classes, channels, 3, 3], init);
  const bias = p.param("bias", [classes], init);
  return conv2d(x, weight, bias, { stride: 1, padding: 1, dilation: 1, groups: 1 });
}

/**
 * Batch norm of x [b, c, h, w]: with the batch's statistics in a training graph, which says what the
 * running ones become, and with the running ones otherwise.
 */
export function batchNorm(p: Scope, x: Tensor, eps = 1e-5): Tensor {
  const [b, c, h, w] = x.dims(4);
  const weight = p.param("weight", [c], ones);
  const bias = p.param("bias", [c], zeros);
  const runningMean = p.buffer("running_mean", [c], zeros);
  const runningVariance = p.buffer("running_var", [c], ones);
  if (!p.training) return normalize(x, weight, bias, runningMean, runningVariance, eps);

  const { y, mean, variance } = batchNormTraining(x, weight, bias, eps);
  const n = b * h * w;
  p.update("running_mean", moved(runningMean, mean));
  // The variance of the batch is the biased one, the running variance estimates the unbiased one.
  p.update("running_var", moved(runningVariance, mul(variance, scalar(n / (n - 1)))));
  return y;
}

function moved(from: Tensor, to: Tensor): Tensor {
  return add(mul(from, scalar(BUFFER_KEEP)), mul(to, scalar(MOMENTUM)));
}
