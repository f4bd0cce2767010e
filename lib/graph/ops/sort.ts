/** Rows in another order: the largest or smallest of each, and what stands at places of it. */
import { apply, applyAll, constant, type Rule, scalar, type Tensor } from "../tensor.ts";
import { expand } from "./broadcast.ts";

interface TopK {
  readonly k: number;
  /** Whether the largest are meant; the smallest if not. */
  readonly largest: boolean;
  /** Whether they stand in order, the most extreme first; in any order if not, which is faster. */
  readonly sorted: boolean;
}

const topKRule: Rule<readonly [Tensor], TopK> = {
  name: "topK",
  shape: ([x], { k }) => {
    const n = x.shape.at(-1);
    if (n === undefined || !Number.isInteger(k) || k < 1 || k > n) {
      throw new RangeError(`Cannot take the top ${k} of ${x}: rows of as many needed, at least 1`);
    }
    return x.shape.with(-1, k);
  },
  furtherShapes: ([x], { k }) => [x.shape.with(-1, k)],
  furtherDtype: "int64",
  onnx: ({ k, largest, sorted }) => ({
    type: "TopK",
    attributes: { axis: { int: -1 }, largest: { int: +largest }, sorted: { int: +sorted } },
    lists: [[k]],
  }),
  grad: ([dy], [x], _, [, indices]) => [place(dy, indices!, x.shape.at(-1)!)],
};

/** The k most extreme values of each row of x [..., n] and where they stand, as int64: both [..., k]. */
export function topK(
  x: Tensor,
  options: TopK,
): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = applyAll(topKRule, [x], options);
  return { values, indices: indices! };
}

const pickRule: Rule<readonly [Tensor, Tensor], Record<never, never>> = {
  name: "pick",
  shape: (inputs) => {
    requireRows("pick", inputs);
    return inputs[1].shape;
  },
  onnx: () => ({ type: "GatherElements", attributes: { axis: { int: -1 } } }),
  grad: ([dy], [x, indices]) => [place(dy, indices, x.shape.at(-1)!), null],
};

/** Of each row of x [..., n] the elements at int64 indices [..., k]. */
export function pick(x: Tensor, indices: Tensor): Tensor {
  return apply(pickRule, [x, indices], {});
}

const placeRule: Rule<readonly [Tensor, Tensor, Tensor], Record<never, never>> = {
  name: "place",
  shape: ([onto, indices, x]) => {
    requireRows("place", [onto, indices]);
    if (x.shape.join() !== indices.shape.join()) {
      throw new RangeError(`Cannot place ${x}: an index for each needed, got ${indices}`);
    }
    return onto.shape;
  },
  onnx: () => ({
    type: "ScatterElements",
    attributes: { axis: { int: -1 }, reduction: { string: "add" } },
  }),
  grad: ([dy], [, indices]) => [dy, null, pick(dy, indices)],
};

/** Rows [..., n] of zeros to which x [..., k] is added at int64 indices: the adjoint of pick. */
export function place(x: Tensor, indices: Tensor, n: number): Tensor {
  return placeOnto(expand(scalar(0), x.shape.with(-1, n)), x, indices);
}

/** Rows [..., n] to which x [..., k] is added at int64 indices. */
export function placeOnto(onto: Tensor, x: Tensor, indices: Tensor): Tensor {
  return apply(placeRule, [onto, indices, x], {});
}

const cumSumRule: Rule<readonly [Tensor, Tensor], { reverse: boolean }> = {
  name: "cumSum",
  shape: ([x]) => x.shape,
  onnx: ({ reverse }) => ({ type: "CumSum", attributes: { reverse: { int: +reverse } } }),
  grad: ([dy], _, { reverse }) => [cumSum(dy, !reverse), null],
};

/** Each element of a row [..., n] plus all before it, or plus all behind it: each the other's adjoint. */
export function cumSum(x: Tensor, reverse = false): Tensor {
  return apply(cumSumRule, [x, constant(BigInt64Array.of(-1n), [])], { reverse });
}

function requireRows(name: string, [x, indices]: readonly [Tensor, Tensor]): void {
  const rows = (tensor: Tensor) => tensor.shape.slice(0, -1).join();
  if (indices.dtype === "int64" && indices.shape.length > 0 && rows(x) === rows(indices)) return;
  throw new RangeError(`Cannot ${name}: int64 indices for each row of ${x} needed, got ${indices}`);
}
