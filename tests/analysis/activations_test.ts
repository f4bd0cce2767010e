import { assertEquals } from "@std/assert";
import { activationBytes, largestAtOnce } from "../../lib/analysis/activations.ts";
import { largest } from "../../lib/graph/ops/indices.ts";
import { add, exp, neg } from "../../lib/graph/ops/math.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input, type Node, nodesOf, type Tensor } from "../../lib/graph/tensor.ts";

const bytes = (tensor: Tensor) => activationBytes((tensor.origin as { node: Node }).node);

Deno.test("activationBytes() counts all outputs with their types, and views as nothing", () => {
  const x = input("x", [2, 3]);
  assertEquals(bytes(exp(x)), 6 * 4);
  assertEquals(bytes(largest(x).value), 2 * 4 + 2 * 8); // float32 values, int64 indices
  assertEquals(bytes(reshape(x, [6])), 0);
});

Deno.test("largestAtOnce() drops values after their last use", () => {
  const x = input("x", [10]); // 40 bytes each from here on
  const chain = neg(exp(neg(exp(x))));
  assertEquals(largestAtOnce(nodesOf([chain]), [chain]), 80); // one is read, one is written
  const a = exp(x);
  const kept = add(a, neg(exp(neg(a)))); // a stays until the sum
  assertEquals(largestAtOnce(nodesOf([kept]), [kept]), 120);
});

Deno.test("largestAtOnce() keeps memory for as long as a view of it is used", () => {
  const a = exp(input("x", [10]));
  const view = reshape(a, [2, 5]);
  const y = add(view, neg(exp(neg(view))));
  assertEquals(largestAtOnce(nodesOf([y]), [y]), 120);
});

Deno.test("largestAtOnce() keeps outputs to the end", () => {
  const a = exp(input("x", [10]));
  const b = neg(neg(neg(a)));
  assertEquals(largestAtOnce(nodesOf([a, b]), [a, b]), 120);
  assertEquals(largestAtOnce(nodesOf([a, b]), [b]), 80);
});
