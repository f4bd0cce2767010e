import { assertEquals, assertThrows } from "@std/assert";
import { withGradient } from "../../lib/graph/custom.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { exp, mul, neg } from "../../lib/graph/ops/math.ts";
import { sumSquares } from "../../lib/graph/ops/reduce.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input, scalar, type Tensor } from "../../lib/graph/tensor.ts";
import { runGraph } from "../run_graph.ts";

Deno.test("gradients() refuses a loss that is not a scalar", () => {
  const x = input("x", [2, 3]);
  const error = assertThrows(() => gradients(x, [x]), RangeError);
  assertEquals(
    error.message,
    "Cannot take gradients: the loss must be a scalar, got float32[2, 3]",
  );
});

Deno.test("gradients() names the target when the loss does not depend on it", () => {
  const x = input("x", [2]);
  const other = input("head.weight", [5, 2]);
  assertThrows(
    () => gradients(sumSquares(x), [x, other]),
    RangeError,
    'the loss does not depend on "head.weight" float32[5, 2]',
  );
});

Deno.test("gradients() names the operation when its gradient has another shape", () => {
  const x = input("x", [2, 3]);
  const wrong = withGradient(neg(x), [x], (dy) => [sum(dy, [0])]);
  assertThrows(
    () => gradients(sumSquares(wrong), [x]),
    RangeError,
    "Cannot take the gradient of custom: input 1 is float32[2, 3], got float32[1, 3]",
  );
});

Deno.test("gradients() gives 1 when the target is the loss itself", async () => {
  const loss = sumSquares(input("x", [2]));
  const [one] = gradients(loss, [loss]) as [Tensor];
  assertEquals([...(await runGraph({ one }, {})).one.data], [1]);
});

Deno.test("gradients() differentiates by an intermediate value when it is a target", async () => {
  const x = input("x", [2]);
  const twice = mul(x, scalar(2));
  const [dx, dTwice] = gradients(sumSquares(twice), [x, twice]) as [Tensor, Tensor];
  const result = await runGraph({ dx, dTwice }, { x: { shape: [2], data: Float32Array.of(1, 3) } });
  assertEquals([...result.dTwice.data], [4, 12]);
  assertEquals([...result.dx.data], [8, 24]);
});

Deno.test("withGradient() replaces the chain rule when a gradient is given", async () => {
  const x = input("x", [2]);
  const y = withGradient(exp(x), [x], (dy) => [mul(dy, scalar(7))]);
  const [dx] = gradients(reshape(sum(y, [0]), []), [x]) as [Tensor];
  const result = await runGraph({ y, dx }, { x: { shape: [2], data: Float32Array.of(0, 1) } });
  assertEquals([...result.dx.data], [7, 7]);
  assertEquals([...result.y.data], [1, Math.fround(Math.E)]);
});
