import { assert } from "@std/assert";
import { forWebGpu } from "../../lib/graph/for_webgpu.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { conv2d } from "../../lib/graph/ops/conv.ts";
import { add, mul, relu } from "../../lib/graph/ops/math.ts";
import { maxPool } from "../../lib/graph/ops/pool.ts";
import { resizeBilinearLast } from "../../lib/graph/ops/resize.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { randomArray } from "../random_array.ts";
import { runGraph } from "../run_graph.ts";

async function assertSameValues(outputs: Record<string, Tensor>, inputs: Tensor[]): Promise<void> {
  const feeds = Object.fromEntries(
    inputs.map((tensor, i) => [`x${i}`, randomArray(`x${i}`, tensor.shape)]),
  );
  const [before, after] = [
    await runGraph(outputs, feeds),
    await runGraph(forWebGpu(outputs), feeds),
  ];
  for (const [name, { data }] of Object.entries(before)) {
    const far = data.map((value, i) => Math.abs(value - after[name]!.data[i]!));
    assert(Math.max(...far) < 1e-4, `${name}: ${Math.max(...far)}`);
  }
}

const inputs = (...shapes: number[][]) => shapes.map((shape, i) => input(`x${i}`, shape));

Deno.test("forWebGpu() keeps the values of channels-last resizing", async () => {
  const [x] = inputs([2, 3, 4, 5]) as [Tensor];
  const outputs = { up: resizeBilinearLast(x, 7, 9), wide: resizeBilinearLast(x, 3, 8) };
  await assertSameValues(outputs, [x]);
});

for (const groups of [2, 20]) {
  Deno.test(`forWebGpu() keeps the values of convolutions of ${groups} groups`, async () => {
    const cin = 2 * groups;
    const [x, weight, bias] = inputs([2, cin, 7, 6], [3 * groups, 2, 3, 2], [3 * groups]);
    const options = { stride: 1, padding: 0, dilation: 1, groups };
    await assertSameValues({
      plain: conv2d(x!, weight!, bias!, options),
      strided: conv2d(x!, weight!, null, { ...options, stride: 2, padding: 1 }),
      dilated: conv2d(x!, weight!, bias!, { ...options, dilation: 2, padding: 2 }),
    }, [x!, weight!, bias!]);
  });
}

for (const [kernel, stride, padding] of [[3, 2, 1], [2, 2, 0], [3, 1, 1], [2, 3, 1]] as const) {
  Deno.test(`forWebGpu() keeps the gradient of max pooling ${kernel} by ${stride}, padded by ${padding}`, async () => {
    const [x, weight] = inputs([2, 3, 9, 8], [1, 3, 1, 1]) as [Tensor, Tensor];
    const equalOnes = mul(relu(x), weight); // 0 in half of the places
    const pooled = [x, equalOnes].map((from) => maxPool(from, { kernel, stride, padding }));
    const loss = pooled.map((y) => sum(mul(y, y), [0, 1, 2, 3])).reduce(add);
    const [dx] = gradients(reshape(loss, []), [x]);
    await assertSameValues({ dx: dx! }, [x, weight]);
  });
}
