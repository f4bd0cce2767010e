import { add } from "../graph/ops/math.ts";
import { input, type Tensor } from "../graph/tensor.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** How a step's graphs call what becomes of a value, sums of gradients, and gradients. */
export const [NEXT, SUM, GRADIENT] = ["next/", "sum/", "gradient/"] as const;

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
