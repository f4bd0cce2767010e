import { assertEquals } from "@std/assert";
import { withGradient } from "../../lib/graph/custom.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { split } from "../../lib/graph/ops/concat.ts";
import { gelu, mul } from "../../lib/graph/ops/math.ts";
import { affine } from "../../lib/graph/ops/matmul.ts";
import { layerNorm } from "../../lib/graph/ops/normalize.ts";
import { sumSquares } from "../../lib/graph/ops/reduce.ts";
import { printGraph } from "../../lib/graph/print.ts";
import { constant, input, scalar, type Tensor } from "../../lib/graph/tensor.ts";

const x = input("x", [4, 2]);

Deno.test("printGraph() writes one operation a line when a graph has inputs and attributes", () => {
  const y = gelu(affine(x, input("fc.weight", [3, 2]), input("fc.bias", [3])));
  assertEquals(
    printGraph({ y, x }),
    `%0 = gemmAdd(x, fc.weight, fc.bias) float32[4, 3] {"transA":false,"transB":true,"alpha":1}
%1 = gelu(%0) float32[4, 3]
y = %1
x = x`,
  );
});

Deno.test("printGraph() tells outputs of one operation apart when there are several", () => {
  const [, b] = split(x, 1, [1, 1]) as [Tensor, Tensor];
  assertEquals(
    printGraph({ y: mul(b, constant([1, 2, 3, 4], [4, 1])), half: scalar(0.5) }),
    `%0 = split(x) float32[4, 1] {"axis":1,"sides":[1,1]}
%1 = mul(%0.1, constant float32[4, 1]) float32[4, 1]
y = %1
half = 0.5`,
  );
});

Deno.test("printGraph() shows the gradient when a graph was extended by it", () => {
  const loss = sumSquares(withGradient(x, [x], (dy) => [mul(dy, scalar(3))]));
  const [dx] = gradients(loss, [x]) as [Tensor];
  assertEquals(
    printGraph({ dx }),
    `%0 = custom(x, x) float32[4, 2]
%1 = mul(1, 2) float32[]
%2 = mul(%0, %1) float32[4, 2]
%3 = mul(%2, 3) float32[4, 2]
dx = %3`,
  );
});

Deno.test("printGraph() names further outputs when a gradient uses layer norm's", () => {
  const y = layerNorm(x, input("weight", [2]), input("bias", [2]), 1e-5);
  const [dx] = gradients(sumSquares(y), [x]) as [Tensor];
  const lines = printGraph({ dx }).split("\n");
  assertEquals(lines[0], `%0 = layerNorm(x, weight, bias) float32[4, 2] {"eps":0.00001}`);
  assertEquals(lines.some((line) => line.includes("sub(x, %0.1)")), true);
});
