/** Batch norm over the images and pixels of each channel. */
import { withGradient } from "../custom.ts";
import { apply, type Rule, scalar, type Tensor } from "../tensor.ts";
import { expand } from "./broadcast.ts";
import { channelProducts, channelSums } from "./channels.ts";
import { add, div, mul, neg, sqrt, sub } from "./math.ts";
import { mean } from "./reduce.ts";
import { reshape } from "./structure.ts";

type Inputs = readonly [x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor];

const batchNormRule: Rule<Inputs, { eps: number }> = {
  name: "batchNorm",
  shape: ([x, ...ofChannels]) => {
    const [, c] = x.dims(4);
    const odd = ofChannels.find(({ shape }) => shape.join() !== `${c}`);
    if (odd) throw new RangeError(`Cannot batchNorm ${x}: weights [${c}] needed, got ${odd}`);
    return x.shape;
  },
  onnx: ({ eps }) => ({ type: "BatchNormalization", attributes: { epsilon: { float: eps } } }),
  grad: ([dy], [x, weight, _, mean, variance], { eps }) => {
    const rstd = reciprocalDeviation(variance, eps);
    const scale = mul(weight, rstd);
    const dBias = channelSums(dy);
    const dWeight = mul(channelProducts(dy, sub(x, spread(mean))), rstd);
    const dVariance = mul(mul(dWeight, scale), mul(rstd, scalar(-0.5)));
    return [mul(dy, spread(scale)), dWeight, dBias, neg(mul(dBias, scale)), dVariance];
  },
};

/**
 * (x - mean) / √(variance + eps) · weight + bias for x [b, c, h, w] and all others [c]: batch norm
 * with known statistics.
 */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  mean: Tensor,
  variance: Tensor,
  eps: number,
): Tensor {
  return apply(batchNormRule, [x, weight, bias, mean, variance], { eps });
}

/** Batch norm of x [b, c, h, w] with its own statistics, and these: mean and biased variance [c]. */
export function batchNormTraining(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  eps: number,
): { readonly y: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const [b, c, h, w] = x.dims(4);
  if (b * h * w < 2) {
    throw new RangeError(
      `Cannot batchNorm ${x} in training: several values a channel needed, got 1`,
    );
  }
  const share = scalar(1 / (b * h * w));
  const average = mean(x, [0, 2, 3]);
  const centred = sub(x, average);
  const variance = mul(channelProducts(centred, centred), share);
  const statistics = { mean: reshape(average, [c]), variance };
  const y = batchNorm(x, weight, bias, statistics.mean, variance, eps);
  // With x̂ for the normalised x: dx = weight / √(variance + eps) · (dy - mean dy - x̂ · mean (dy · x̂)).
  const grad = (dy: Tensor) => {
    const rstd = reciprocalDeviation(variance, eps);
    const dBias = channelSums(dy);
    const dWeight = mul(channelProducts(dy, centred), rstd);
    const level = batchNorm(dy, weight, expand(scalar(0), [c]), mul(dBias, share), variance, eps);
    const slope = mul(mul(mul(dWeight, share), weight), mul(rstd, rstd));
    return [sub(level, mul(centred, spread(slope))), dWeight, dBias];
  };
  return { y: withGradient(y, [x, weight, bias], grad), ...statistics };
}

function reciprocalDeviation(variance: Tensor, eps: number): Tensor {
  return div(scalar(1), sqrt(add(variance, scalar(eps))));
}

/** [c] as [1, c, 1, 1], which broadcasts over images and pixels. */
function spread(x: Tensor): Tensor {
  return reshape(x, [1, x.shape[0]!, 1, 1]);
}
