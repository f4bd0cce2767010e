import type { Tensor } from "../graph/tensor.ts";
import { attend } from "../graph/ops/attention.ts";
import { add, gelu, mul } from "../graph/ops/math.ts";
import { affine } from "../graph/ops/matmul.ts";
import * as normalize from "../graph/ops/normalize.ts";
import { ones, truncatedNormal, zeros } from "./init.ts";
import { lowRank } from "./lora.ts";
import type { Scope } from "./scope.ts";

/** What a transformer block needs to know besides its input's shape. */
export interface BlockConfig {
  /** Attention heads: each sees dim / heads channels. */
  readonly heads: number;
  /** LayerNorm's eps: 1e-5 in Segmenter and torch, 1e-6 in timm. */
  readonly eps: number;
  /** The probability of dropping an activation. */
  readonly dropout: number;
  /** The probability of skipping each residual branch for an image (stochastic depth). */
  readonly dropPath: number;
}

/** y = x Wᵀ + b: x [..., in] to [..., out]; and what its adapter adds, where it has one. */
export function linear(p: Scope, x: Tensor, out: number): Tensor {
  const weight = p.param("weight", [out, x.shape.at(-1)!], truncatedNormal(0.02));
  const y = affine(x, weight, p.param("bias", [out], zeros));
  return p.lora ? add(y, lowRank(p, x, out, p.lora)) : y;
}

/** Layer norm over the last axis of x [..., dim]. */
export function layerNorm(p: Scope, x: Tensor, eps: number): Tensor {
  const dim = x.shape.at(-1)!;
  return normalize.layerNorm(x, p.param("weight", [dim], ones), p.param("bias", [dim], zeros), eps);
}

/** Zeroes activations with probability `rate` while training and scales the others up. */
export function dropout(p: Scope, x: Tensor, rate: number): Tensor {
  return p.training && rate > 0 ? mul(x, p.mask("dropout", x.shape, 1 - rate)) : x;
}

/** Zeroes x [b, ...] for whole images with probability `rate` while training (Huang et al. 2016). */
export function dropPath(p: Scope, x: Tensor, rate: number): Tensor {
  const shape = x.shape.map((side, axis) => axis === 0 ? side : 1);
  return p.training && rate > 0 ? mul(x, p.mask("drop_path", shape, 1 - rate)) : x;
}

/** Stochastic depth of each of some layers: from 0 in the first linearly to `highest` in the last. */
export function depthRates(highest: number, layers: number): number[] {
  return Array.from({ length: layers }, (_, i) => layers > 1 ? highest * i / (layers - 1) : 0);
}

/** Pre-norm transformer block on tokens [b, n, dim] (Dosovitskiy et al. 2021, equations 2 and 3). */
export function block(p: Scope, x: Tensor, config: BlockConfig): Tensor {
  const { eps, dropPath: rate } = config;
  const attended = attention(p.at("attn"), layerNorm(p.at("norm1"), x, eps), config);
  x = add(x, dropPath(p.at("attn"), attended, rate));
  const mixed = mlp(p.at("mlp"), layerNorm(p.at("norm2"), x, eps), config);
  return add(x, dropPath(p.at("mlp"), mixed, rate));
}

/** Multi-head self-attention on tokens [b, n, dim]; its weights [b, heads, n, n] are tapped. */
function attention(p: Scope, x: Tensor, { heads, dropout: rate }: BlockConfig): Tensor {
  const [b, n, dim] = x.dims(3);
  const qkv = linear(p.at("qkv"), x, 3 * dim);
  const mask = p.training && rate > 0 ? p.mask("dropout", [b, heads, n, n], 1 - rate) : null;
  const { y, weights } = attend(qkv, heads, mask);
  p.tap("weights", weights);
  return dropout(p.at("proj"), linear(p.at("proj"), y, dim), rate);
}

/** Two-layer perceptron with four times the width inside: x [b, n, dim] to the same. */
function mlp(p: Scope, x: Tensor, { dropout: rate }: BlockConfig): Tensor {
  const dim = x.shape.at(-1)!;
  const hidden = dropout(p.at("fc1"), gelu(linear(p.at("fc1"), x, 4 * dim)), rate);
  return dropout(p.at("fc2"), linear(p.at("fc2"), hidden, dim), rate);
}
