import { withGradient } from "../../lib/graph/custom.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { batchNorm } from "../../lib/graph/ops/batch_norm.ts";
import { expand, sum } from "../../lib/graph/ops/broadcast.ts";
import { concat, split } from "../../lib/graph/ops/concat.ts";
import { type Conv2d, conv2d } from "../../lib/graph/ops/conv.ts";
import { argMax, largest, oneHot, take } from "../../lib/graph/ops/indices.ts";
import {
  add,
  byte,
  clip,
  div,
  erf,
  exp,
  float,
  floor,
  gelu,
  int,
  lessThan,
  log,
  min,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  softplus,
  sqrt,
  sub,
} from "../../lib/graph/ops/math.ts";
import { affine, matmul } from "../../lib/graph/ops/matmul.ts";
import { layerNorm, logSoftmax, softmax } from "../../lib/graph/ops/normalize.ts";
import { maxPool } from "../../lib/graph/ops/pool.ts";
import { l2Norm, mean, sumSquares } from "../../lib/graph/ops/reduce.ts";
import { resizeBilinear, resizeBilinearLast } from "../../lib/graph/ops/resize.ts";
import { cumSum, pick, place, placeOnto, topK } from "../../lib/graph/ops/sort.ts";
import { pad, reshape, slice, transpose } from "../../lib/graph/ops/structure.ts";
import { constant, scalar, type Shape, type Tensor } from "../../lib/graph/tensor.ts";
import { randomArray } from "../random_array.ts";
import { type Case, flat, of } from "./finite_differences.ts";

const positive = (normal: number) => 0.5 + Math.abs(normal);
const awayFromZero = (normal: number) => normal + 0.5 * Math.sign(normal);
/** Multiples of a half: no two values are so close that a small change of one swaps them. */
const halves = (normal: number) => Math.round(normal) / 2;

const indices = constant(BigInt64Array.of(4n, 0n, 2n), [3, 1]);
/** Rows of small numbers made so different that a small change of one swaps no two. */
const apart = (x: Tensor) => add(x, constant([0, 2, 1, 4, 3]));

/** Of two rows, 4 the most: one of them twice. */
const places = constant(BigInt64Array.of(4n, 0n, 2n, 1n, 1n, 3n), [2, 3]);
const smaller = constant(BigInt64Array.of(2n, 0n), [2, 1]);

/** A convolution of x and a weight, and of a bias of a third shape. What is left out is 1; no padding. */
function convolution(shapes: readonly Shape[], options: Partial<Conv2d> = {}): Case {
  const complete = { stride: 1, padding: 0, dilation: 1, groups: 1, ...options };
  return of(shapes, (x, weight, bias) => conv2d(x!, weight!, bias ?? null, complete));
}

/** The gradients of an operation as outputs: differentiated, they are a second derivative. */
function gradientsOf(shapes: readonly Shape[], f: (...inputs: Tensor[]) => Tensor): Case {
  return of(shapes, (...inputs) => gradients(sumSquares(f(...inputs)), inputs));
}

const small = (normal: number) => normal / 10;

/** Max pooling of x that is small beside integers in random order: maxima stay where they are. */
function pooled(x: Tensor, kernel: number, stride: number, padding: number): Tensor {
  const order = randomArray("order", x.shape).data;
  const levels = order.map((level) => order.filter((other) => other < level).length);
  return maxPool(add(x, constant(levels, x.shape)), { kernel, stride, padding });
}

/** The gradient of max pooling scatters. */
const poolGradient = of([[1, 2, 4, 5]], (x) => {
  return gradients(sumSquares(pooled(x, 3, 2, 1)), [x]);
}, small);

/** Every operation record of lib/graph by its name. */
export const records: Readonly<Record<string, readonly Case[]>> = {
  // math.ts
  add: [
    of([[2, 3], [2, 3]], add),
    of([[4, 1, 3], [2, 1]], add),
    of([[], [2, 3]], add),
    of([[2, 3]], (x) => add(x, x)),
  ],
  sub: [of([[2, 3], [2, 3]], sub), of([[3], [2, 4, 1]], sub)],
  mul: [
    of([[2, 3], [2, 3]], mul),
    of([[4, 1, 3], [2, 1]], mul),
    of([[2, 3], []], mul),
    of([[2, 3]], (x) => mul(x, x)),
  ],
  div: [
    of([[2, 3], [2, 3]], div, positive),
    of([[1, 3], [4, 2, 1]], div, positive),
  ],
  min: [
    of([[3, 4], [3, 4]], (a, b) => min(a, add(b, scalar(0.25))), halves),
    of([[3, 4], []], (a, b) => min(a, add(b, scalar(0.25))), halves),
  ],
  sigmoid: [of([[2, 3]], sigmoid)],
  softplus: [of([[2, 3]], softplus)],
  pow: [
    of([[2, 3]], (x) => pow(x, 2.5), positive),
    of([[2, 3]], (x) => pow(x, 1), positive),
  ],
  relu: [of([[3, 5]], relu, awayFromZero)],
  clip: [of([[5, 4]], (x) => clip(x, -0.25, 0.25), halves)],
  neg: [of([[2, 3]], neg)],
  exp: [of([[2, 3]], exp)],
  log: [of([[2, 3]], log, positive)],
  sqrt: [of([[2, 3]], sqrt, positive)],
  erf: [of([[3, 5]], erf)],
  gelu: [of([[3, 5]], gelu)],
  float: [flat([[2, 3]], float)],
  int: [flat([[2, 3]], (x) => float(int(x)))],
  floor: [flat([[2, 3]], (x) => floor(x))],
  byte: [flat([[2, 3]], (x) => float(byte(x)))],
  equal: [flat([[2, 1]], (x) => oneHot(x, 3))],
  lessThan: [flat([[2, 3], [3]], (a, b) => float(lessThan(a, b)))],

  // structure.ts
  reshape: [of([[2, 6]], (x) => reshape(x, [3, 2, 2]))],
  transpose: [
    of([[2, 3, 4]], (x) => transpose(x, [2, 0, 1])),
    of([[2, 3, 4, 5]], (x) => transpose(x, [0, 2, 3, 1])),
  ],
  slice: [of([[4, 5]], (x) => slice(x, [1, 0], [2, 3]))],
  pad: [of([[2, 3]], (x) => pad(x, [1, 0], [4, 5]))],

  // broadcast.ts
  expand: [of([[3, 1]], (x) => expand(x, [2, 3, 4])), of([[]], (x) => expand(x, [2, 2]))],
  sum: [of([[2, 3, 4]], (x) => sum(x, [0, -1])), of([[2, 3]], (x) => sum(x, [0]))],

  // concat.ts
  concat: [
    of([[2, 3], [2, 1], [2, 2]], (a, b, c) => concat([a, b, c], 1)),
    of([[2, 3], [1, 3]], (a, b) => concat([a, b, a], 0)),
    of([[1, 2], [1, 3]], (a, b) => concat(new Array<Tensor>(40).fill(a!).with(20, b!), 1)),
  ],
  split: [
    of([[2, 7]], (x) => split(x, 1, [2, 1, 4])),
    of([[41, 2]], (x) => split(x, 0, new Array<number>(40).fill(1).with(20, 2))),
    of([[2, 7]], (x) => [split(x, 1, [2, 1, 4])[1]!]),
    of([[4, 2]], (x) => split(x, 0, [1, 1, 2]).slice(1)),
    of([[2, 6]], (x) => {
      const [a, b] = split(x, 1, [3, 3]) as [Tensor, Tensor];
      return [mul(a, b), exp(a)];
    }),
  ],

  // indices.ts
  take: [of([[3, 5]], (x) => take(x, indices))],
  largest: [of([[3, 5]], (x) => largest(x).value)],
  argMax: [flat([[2, 3, 2, 4]], (x) => float(argMax(x)))],

  // sort.ts
  topK: [
    of([[3, 5]], (x) => topK(apart(x), { k: 3, largest: true, sorted: true }).values, small),
    of([[2, 3, 5]], (x) => topK(apart(x), { k: 5, largest: false, sorted: true }).values, small),
    of([[3, 5]], (x) => {
      return sum(topK(apart(x), { k: 4, largest: true, sorted: false }).values, [-1]);
    }, small),
  ],
  pick: [of([[2, 5]], (x) => pick(x, places)), of([[2, 3]], (x) => pick(x, smaller))],
  place: [
    of([[2, 3]], (x) => place(x, places, 5)),
    of([[2, 4], [2, 1]], (onto, x) => placeOnto(onto, x, smaller)),
  ],
  cumSum: [of([[2, 5]], (x) => cumSum(x)), of([[5]], (x) => cumSum(x, true))],

  // reduce.ts
  mean: [of([[2, 3, 4]], (x) => mean(x, [0, -1])), of([[2, 3]], (x) => mean(x, [1]))],
  l2Norm: [of([[3, 4]], (x) => l2Norm(x, [-1])), of([[2, 2, 3]], (x) => l2Norm(x, [0, 2]))],
  sumSquares: [
    of([[2, 3, 2]], (x) => sumSquares(x)),
    of([[2, 3, 2]], (x) => sumSquares(x, [1])),
  ],

  // matmul.ts
  matmul: [
    of([[3, 4], [4, 2]], matmul),
    of([[2, 5, 3, 4], [2, 5, 4, 2]], matmul),
    of([[2, 1, 3, 4], [5, 4, 2]], matmul),
    of([[3, 4], [2, 4, 2]], matmul),
  ],
  gemm: [
    of([[2, 3, 4], [5, 4]], (x, w) => affine(x, w, null)),
    // The gradients of a product are products with one side transposed: their gradients in turn.
    of([[3, 4], [5, 4]], (x, w) => gradients(sumSquares(affine(x, w, null)), [x, w])),
    of([[3, 4], [5, 4], [2, 3]], (x, w, u) => {
      const [dw] = gradients(sumSquares(affine(x, w, null)), [w]) as [Tensor];
      const [dx] = gradients(sumSquares(matmul(u, x)), [x]) as [Tensor];
      return gradients(add(sumSquares(dw), sumSquares(dx)), [x, w]);
    }),
  ],
  gemmAdd: [of([[2, 3, 4], [5, 4], [5]], affine), of([[4], [2, 4], [2]], affine)],

  // normalize.ts
  softmax: [of([[2, 3, 5]], softmax)],
  logSoftmax: [of([[2, 3, 5]], logSoftmax)],
  layerNorm: [
    of([[2, 3, 6], [6], [6]], (x, weight, bias) => layerNorm(x, weight, bias, 1e-5)),
    of([[4, 3], [3], [3]], (x, weight, bias) => layerNorm(x, weight, bias, 0.3)),
  ],

  // conv.ts
  conv: [
    convolution([[2, 3, 5, 4], [4, 3, 3, 3], [4]], { padding: 1 }),
    convolution([[2, 3, 7, 8], [2, 3, 3, 3], [2]], { stride: 2, padding: 1 }),
    convolution([[1, 4, 6, 6], [6, 2, 3, 3]], { padding: 2, dilation: 2, groups: 2 }),
    convolution([[1, 2, 5, 6], [2, 1, 3, 3]], { padding: 1, groups: 2 }),
    convolution([[2, 2, 5, 6], [2, 1, 3, 3]], { groups: 2 }),
    convolution([[1, 2, 2, 3], [2, 1, 3, 3]], { padding: 2, dilation: 2, groups: 2 }),
    convolution([[1, 2, 4, 3], [3, 2, 1, 1]]),
    convolution([[1, 2, 4, 3], [3, 2, 1, 1]], { padding: 1 }),
    convolution([[1, 2, 5, 3], [3, 2, 3, 1]]),
    convolution([[1, 2, 7, 6], [2, 2, 2, 2]], { stride: 3 }),
  ],
  convTranspose: [
    gradientsOf(
      [[2, 3, 7, 8], [2, 3, 3, 3]],
      (x, weight) => conv2d(x!, weight!, null, { stride: 2, padding: 1, dilation: 1, groups: 1 }),
    ),
    gradientsOf(
      [[1, 4, 8, 5], [2, 2, 2, 2]],
      (x, weight) => conv2d(x!, weight!, null, { stride: 3, padding: 0, dilation: 2, groups: 2 }),
    ),
  ],

  // depthwise.ts
  shift: [
    gradientsOf(
      [[2, 2, 4, 5], [2, 1, 3, 3]],
      (x, weight) => conv2d(x!, weight!, null, { stride: 1, padding: 1, dilation: 1, groups: 2 }),
    ),
    gradientsOf(
      [[1, 2, 5, 6], [2, 1, 3, 3]],
      (x, weight) => conv2d(x!, weight!, null, { stride: 1, padding: 2, dilation: 2, groups: 2 }),
    ),
  ],

  // batch_norm.ts
  batchNorm: [
    of(
      [[2, 3, 2, 4], [3], [3], [3], [3]],
      (x, weight, bias, mean, deviation) =>
        batchNorm(x, weight, bias, mean, mul(deviation, deviation), 0.5),
    ),
  ],

  // resize.ts
  resize: [
    of([[2, 3, 4]], (x) => resizeBilinear(x, 7, 5)),
    of([[2, 2, 6, 5]], (x) => resizeBilinear(x, 4, 2)),
    of([[3, 4]], (x) => resizeBilinear(x, 3, 9)),
    of([[3, 4]], (x) => resizeBilinear(x, 1, 4)),
    of([[2, 3, 4]], (x) => resizeBilinear(x, 7, 2, true)),
    of([[2, 3, 4, 2]], (x) => resizeBilinearLast(x, 7, 5)),
    of([[1, 6, 5, 3]], (x) => resizeBilinearLast(x, 4, 2)),
    of([[2, 3, 4, 2]], (x) => resizeBilinearLast(x, 3, 9)),
    of([[2, 3, 4, 2]], (x) => resizeBilinearLast(x, 1, 4)),
  ],

  // pool.ts
  maxPool: [
    of([[2, 2, 5, 4]], (x) => pooled(x, 3, 2, 1), small),
    of([[1, 2, 4, 6]], (x) => pooled(x, 2, 2, 0), small),
  ],
  maxIndices: [poolGradient],
  scatter: [poolGradient],
  gather: [
    of([[1, 1, 4, 5]], (x) => {
      const [dx] = gradients(sumSquares(pooled(x, 3, 2, 1)), [x]) as [Tensor];
      return gradients(sumSquares(dx), [x]);
    }, small),
  ],

  // custom.ts
  custom: [
    of([[2, 3], [2, 3]], (a, b) =>
      withGradient(mul(a, exp(b)), [a, b], (dy) => {
        const da = mul(dy, exp(b));
        return [da, mul(da, a)];
      })),
  ],
};
