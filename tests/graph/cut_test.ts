import { assert, assertEquals } from "@std/assert";
import { cut } from "../../lib/graph/cut.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { exp, mul } from "../../lib/graph/ops/math.ts";
import { matmul } from "../../lib/graph/ops/matmul.ts";
import { softmax } from "../../lib/graph/ops/normalize.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input, nodesOf } from "../../lib/graph/tensor.ts";
import { randomArray } from "../random_array.ts";
import { runGraph } from "../run_graph.ts";

Deno.test("cut() gives the same values in two steps and computes nothing twice", async () => {
  const [x, w] = [input("x", [2, 3]), input("w", [3, 4])];
  const early = softmax(matmul(x, w));
  const chosen = input("chosen", [8]);
  const loss = reshape(sum(mul(exp(reshape(early, [8])), chosen), [0]), []);
  const outputs = { loss, early: reshape(early, [4, 2]), dw: gradients(loss, [w])[0]! };
  const { first, second } = cut(outputs, { needed: early });
  const names = Object.keys(first).filter((name) => name !== "needed");
  assert(names.length > 0 && names.every((name) => name.startsWith("saved/")), `${names}`);
  const operations = (all: object) => nodesOf(Object.values(all)).map(({ rule }) => rule.name);
  assertEquals(operations(first).filter((name) => name === "softmax").length, 1);
  assert(!operations(second).includes("softmax"));

  const feeds = {
    x: randomArray("x", [2, 3]),
    w: randomArray("w", [3, 4]),
    chosen: randomArray("chosen", [8]),
  };
  const whole = await runGraph(outputs, feeds);
  const { needed: _, ...saved } = await runGraph(first, { x: feeds.x, w: feeds.w });
  const rest = await runGraph(second, { ...feeds, ...saved });
  for (const name of ["loss", "early", "dw"]) {
    assertEquals(rest[name]!.data, whole[name as "loss"].data);
  }
});
