import { assertEquals } from "@std/assert";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { mul } from "../../lib/graph/ops/math.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { constant, input } from "../../lib/graph/tensor.ts";
import { adaptiveMeanPool } from "../../lib/nn/pooling.ts";
import { randomArray } from "../random_array.ts";
import { assertWithin } from "../golden.ts";
import { runGraph } from "../run_graph.ts";

// By hand, of torch's documented rule: cells from ⌊i n / k⌋ to ⌈(i + 1) n / k⌉.
Deno.test("adaptiveMeanPool() takes means of overlapping cells, and repeats where there are fewer", async () => {
  const x = constant([0, 1, 2, 3, 4, 10, 11, 12, 13, 14], [1, 1, 2, 5]);
  const results = await runGraph({
    two: adaptiveMeanPool(x, 1, 2), // columns 0 to 2 and 2 to 4
    more: adaptiveMeanPool(x, 4, 1), // each row twice
  }, {});
  assertEquals(results.two, { shape: [1, 1, 1, 2], data: Float32Array.of(6, 8) });
  assertEquals(results.more, { shape: [1, 1, 4, 1], data: Float32Array.of(2, 2, 12, 12) });
});

Deno.test("adaptiveMeanPool() gives each place the share of the gradient that it had in a mean", async () => {
  const x = input("x", [1, 1, 2, 5]);
  const weighted = mul(adaptiveMeanPool(x, 1, 2), constant([6, 60], [1, 1, 1, 2]));
  const [dx] = gradients(reshape(sum(weighted, [0, 1, 2, 3]), []), [x]);
  const result = await runGraph({ dx: dx! }, { x: randomArray("x", [1, 1, 2, 5]) });
  const row = [1, 1, 11, 10, 10];
  assertWithin(result.dx.data, [...row, ...row], 1e-5, "gradient");
});
