import { add } from "../graph/ops/math.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { GRADIENT, NEXT, SUM } from "./step_graph.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** The step's first graph with sums of gradients that go from one micro-batch to the next. */
export function summedUp(collect: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(collect).map(([name, y]) => {
      if (!name.startsWith(GRADIENT)) return [name, y];
      const sum = SUM + name.slice(GRADIENT.length);
      return [NEXT + sum, add(input(sum, y.shape), y)];
    }),
  );
}
