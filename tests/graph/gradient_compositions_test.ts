/** Functions made of several operations, some with a gradient of their own. */
import { gradients } from "../../lib/graph/gradients.ts";
import { attend } from "../../lib/graph/ops/attention.ts";
import { batchNormTraining } from "../../lib/graph/ops/batch_norm.ts";
import { div } from "../../lib/graph/ops/math.ts";
import { l2Norm, sumSquares } from "../../lib/graph/ops/reduce.ts";
import { resizeBilinearLast } from "../../lib/graph/ops/resize.ts";
import { constant, type Tensor } from "../../lib/graph/tensor.ts";
import { crossEntropy } from "../../lib/nn/losses/cross_entropy.ts";
import { segmentationLoss } from "../../lib/nn/scores.ts";
import { randomArray } from "../random_array.ts";
import { assertDifferences, type Case, of } from "./finite_differences.ts";

const awayFromZero = (normal: number) => normal + 0.5 * Math.sign(normal);

/** Labels of 4 classes: 4 and more are ignored. */
const labels = constant(Uint8Array.of(0, 3, 255, 1, 2, 2, 255, 0, 200, 3, 4, 1), [2, 2, 3]);

/** A dropout mask for 3 heads and 4 tokens: zeros and twos. */
const dropped = constant(
  randomArray("mask", [1, 3, 4, 4]).data.map((normal) => normal < 0 ? 0 : 2),
  [1, 3, 4, 4],
);

const compositions: Readonly<Record<string, readonly Case[]>> = {
  batchNormTraining: [
    of([[2, 3, 4, 3], [3], [3]], (x, weight, bias) => {
      const { y, mean, variance } = batchNormTraining(x, weight, bias, 0.1);
      return [y, mean, variance];
    }),
    of([[3, 2, 2, 2], [2], [2]], (...inputs) => {
      const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
      return gradients(sumSquares(batchNormTraining(x, weight, bias, 0.3).y), inputs);
    }),
    of([[1, 2, 32, 32], [2], [2]], (x, weight, bias) => batchNormTraining(x, weight, bias, 1e-5).y),
  ],
  attend: [
    of([[2, 3, 12]], (qkv) => attend(qkv, 2, null).y),
    of([[1, 4, 18]], (qkv) => attend(qkv, 3, dropped).y),
    of([[1, 4, 12]], (qkv) => {
      const { y, weights } = attend(qkv, 2, null);
      return [y, weights];
    }),
  ],
  crossEntropy: [
    of([[2, 2, 3, 4]], (logits) => crossEntropy(logits, labels)),
    of([[2, 1, 2, 4]], (logits) => crossEntropy(resizeBilinearLast(logits, 2, 3), labels)),
  ],
  segmentationLoss: [
    of([[2, 4, 2, 2]], (map) => segmentationLoss({ map, height: 4, width: 4 }, labels)),
  ],
  unit: [of([[3, 4]], (x) => div(x, l2Norm(x, [-1])), awayFromZero)],
};

for (const [name, cases] of Object.entries(compositions)) {
  Deno.test(`gradients() agrees with finite differences when differentiating ${name}`, async () => {
    for (const [i, test] of cases.entries()) await assertDifferences(`${name} ${i}`, test);
  });
}
