import { assertEquals, assertThrows } from "@std/assert";
import { gradients } from "../../lib/graph/gradients.ts";
import { batchNorm } from "../../lib/graph/ops/batch_norm.ts";
import { type Conv2d, conv2d } from "../../lib/graph/ops/conv.ts";
import { maxPool } from "../../lib/graph/ops/pool.ts";
import { sumSquares } from "../../lib/graph/ops/reduce.ts";
import { input, nodesOf, type Tensor } from "../../lib/graph/tensor.ts";

const x = input("x", [2, 6, 5, 7]);

function convolved(shape: readonly number[], options: Partial<Conv2d>, bias?: Tensor): Tensor {
  const complete = { stride: 1, padding: 0, dilation: 1, groups: 1, ...options };
  return conv2d(x, input("weight", shape), bias ?? null, complete);
}

/** What is tried, and what the error says: it is raised while the graph is built. */
const refused: Readonly<Record<string, readonly [() => unknown, string]>> = {
  "conv2d() of channels": [
    () => convolved([4, 3, 1, 1], {}),
    "Cannot convolve float32[2, 6, 5, 7]: a weight [1 · n, 6 / 1, kh, kw] needed for 1 groups, " +
    "got float32[4, 3, 1, 1]",
  ],
  "conv2d() of groups": [
    () => convolved([5, 2, 1, 1], { groups: 3 }),
    "a weight [3 · n, 6 / 3, kh, kw] needed for 3 groups, got float32[5, 2, 1, 1]",
  ],
  "conv2d() of a bias": [
    () => convolved([4, 6, 1, 1], {}, input("bias", [5])),
    "Cannot convolve float32[2, 6, 5, 7]: a bias [4] needed, got float32[5]",
  ],
  "conv2d() of a large kernel": [
    () => convolved([4, 6, 3, 3], { dilation: 3 }),
    "Cannot convolve float32[2, 6, 5, 7]: a kernel that fits needed, got float32[4, 6, 3, 3]",
  ],
  "conv2d() of tokens": [
    () => conv2d(input("tokens", [2, 6, 5]), x, null, options),
    "Cannot take the sides of a tensor: rank 4 needed, got float32[2, 6, 5]",
  ],
  "maxPool() of padding": [
    () => maxPool(x, { kernel: 3, stride: 2, padding: 2 }),
    "Cannot pool float32[2, 6, 5, 7]: at most half a kernel of padding and an image that holds the " +
    "kernel needed, got kernel 3 and padding 2",
  ],
  "maxPool() of a small image": [
    () => maxPool(x, { kernel: 6, stride: 1, padding: 0 }),
    "got kernel 6 and padding 0",
  ],
  "batchNorm()": [
    () => batchNorm(x, channels, channels, channels, input("variance", [5]), 1e-5),
    "Cannot batchNorm float32[2, 6, 5, 7]: weights [6] needed, got float32[5]",
  ],
};
const options: Conv2d = { stride: 1, padding: 0, dilation: 1, groups: 1 };
const channels = input("channels", [6]);

for (const [name, [build, message]] of Object.entries(refused)) {
  Deno.test(`${name} is a RangeError with needed and got when a shape does not fit`, () => {
    assertThrows(build, RangeError, message);
  });
}

Deno.test("conv2d() takes the batch in parts when all its patches would fill the memory", () => {
  const large = input("large", [3, 64, 480, 480]); // 64 · 9 · 240² patches an image: two fit
  const weight = input("weight", [8, 64, 3, 3]);
  const y = conv2d(large, weight, null, { ...options, stride: 2, padding: 1 });
  const rules = nodesOf(gradients(sumSquares(y), [weight])).map(({ rule }) => rule.name);
  assertEquals(rules.filter((name) => name === "conv").length, 1 + 2);
  assertEquals(rules.filter((name) => name === "split").length, 2);
});
