import { assertEquals } from "@std/assert";
import { gradients } from "../../lib/graph/gradients.ts";
import { maxPool } from "../../lib/graph/ops/pool.ts";
import { sumSquares } from "../../lib/graph/ops/reduce.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { runGraph } from "../run_graph.ts";

Deno.test("maxPool() gives the gradient to the first when values are equal", async () => {
  const image = input("image", [2, 1, 3, 3]);
  const y = maxPool(image, { kernel: 2, stride: 1, padding: 0 });
  const [dx] = gradients(sumSquares(y), [image]) as [Tensor];
  // In the second image every window holds several of its largest value.
  const data = Float32Array.of(-1, 2, 3, 6, 5, 4, -7, -8, -9, 1, 1, 1, 0, 1, 2, 0, 2, 2);
  const results = await runGraph({ y, dx }, { image: { shape: [2, 1, 3, 3], data } });
  assertEquals([...results.y.data], [6, 5, 6, 5, 1, 2, 2, 2]);
  assertEquals([...results.dx.data], [0, 0, 0, 24, 20, 0, 0, 0, 0, 2, 0, 0, 0, 0, 8, 0, 4, 0]);
});

Deno.test("maxPool() pads with what is never the largest when all is negative", async () => {
  const image = input("image", [1, 1, 2, 2]);
  const y = maxPool(image, { kernel: 3, stride: 2, padding: 1 });
  const feeds = { image: { shape: [1, 1, 2, 2], data: Float32Array.of(-4, -3, -2, -1) } };
  assertEquals([...(await runGraph({ y }, feeds)).y.data], [-1]);
});
