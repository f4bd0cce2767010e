/** Softmax and layer norm: normalisations over the last axis, each with its gradient. */
import { apply, type Rule, type Tensor } from "../tensor.ts";
import { sum, sumTo } from "./broadcast.ts";
import { exp, mul, sub } from "./math.ts";
import { mean } from "./reduce.ts";

type Nothing = Record<never, never>;

const softmaxRule: Rule<readonly [Tensor], Nothing> = {
  name: "softmax",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "Softmax", attributes: { axis: { int: -1 } } }),
  grad: ([dy], _, __, [y]) => [mul(y, sub(dy, sum(mul(dy, y), [-1])))],
};

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxRule, [x], {});
}

const logSoftmaxRule: Rule<readonly [Tensor], Nothing> = {
  name: "logSoftmax",
  shape: ([x]) => x.shape,
  onnx: () => ({ type: "LogSoftmax", attributes: { axis: { int: -1 } } }),
  grad: ([dy], _, __, [y]) => [sub(dy, mul(exp(y), sum(dy, [-1])))],
};

/** The logarithm of softmax over the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  return apply(logSoftmaxRule, [x], {});
}

const layerNormRule: Rule<readonly [Tensor, Tensor, Tensor], { eps: number }> = {
  name: "layerNorm",
  shape: ([x, weight, bias]) => {
    const dim = x.shape.at(-1);
    if (weight.shape.join() !== `${dim}` || bias.shape.join() !== `${dim}`) {
      throw new RangeError(
        `Cannot layerNorm ${x}: weights [${dim}] needed, got ${weight}, ${bias}`,
      );
    }
    return x.shape;
  },
  // The mean and 1 / standard deviation of each row, for the gradient.
  furtherShapes: ([x]) => [x.shape.with(-1, 1), x.shape.with(-1, 1)],
  onnx: ({ eps }) => ({
    type: "LayerNormalization",
    attributes: { axis: { int: -1 }, epsilon: { float: eps } },
  }),
  grad: ([dy, dMu, dRstd], [x, weight], _, [, mu, rstd]) => {
    if (dMu || dRstd) {
      throw new TypeError("Cannot differentiate layerNorm twice: it needs a gradient of its mean");
    }
    const normal = mul(sub(x, mu!), rstd!);
    const g = mul(dy, weight);
    const along = mul(normal, mean(mul(g, normal), [-1]));
    const dx = mul(rstd!, sub(sub(g, mean(g, [-1])), along));
    return [dx, sumTo(mul(dy, normal), weight.shape), sumTo(dy, weight.shape)];
  },
};

/** Layer norm over the last axis: x [..., dim], weight and bias [dim]. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  return apply(layerNormRule, [x, weight, bias], { eps });
}
