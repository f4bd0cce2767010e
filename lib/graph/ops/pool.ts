/** Max pooling, and the adjoint pair of which its gradient is made. */
import { sizeOf } from "../../array.ts";
import { apply, applyAll, type Rule, scalar, type Shape, type Tensor } from "../tensor.ts";
import { expand } from "./broadcast.ts";
import { reshape } from "./structure.ts";

/** A square window that moves over an image, in pixels; padding is never the largest. */
export interface Pool {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

const maxPoolRule: Rule<readonly [Tensor], Pool> = {
  name: "maxPool",
  shape: ([x], pool) => pooledShape(x, pool),
  onnx: maxPoolOnnx,
  grad: ([dy], [x], pool) => {
    const [, indices] = applyAll(maxIndicesRule, [x], pool);
    return [scatter(dy, indices!, x.shape)];
  },
};

/** The largest value in each window of x [b, c, h, w]; of equal ones the first gets the gradient. */
export function maxPool(x: Tensor, pool: Pool): Tensor {
  return apply(maxPoolRule, [x], pool);
}

/**
 * Where in x, counted in row-major order, each value stands, as the second output. ONNX Runtime takes
 * 15 times longer with it than without: only the gradient asks for it.
 */
const maxIndicesRule: Rule<readonly [Tensor], Pool> = {
  name: "maxIndices",
  shape: ([x], pool) => pooledShape(x, pool),
  furtherShapes: ([x], pool) => [pooledShape(x, pool)],
  furtherDtype: "int64",
  onnx: maxPoolOnnx,
  grad: () => [null],
};

function maxPoolOnnx({ kernel, stride, padding }: Pool) {
  return {
    type: "MaxPool",
    attributes: {
      kernel_shape: { ints: [kernel, kernel] },
      strides: { ints: [stride, stride] },
      pads: { ints: [padding, padding, padding, padding] },
    },
  };
}

function pooledShape(x: Tensor, { kernel, stride, padding }: Pool): Shape {
  const [b, c, h, w] = x.dims(4);
  if (padding * 2 > kernel || Math.min(h, w) + 2 * padding < kernel) {
    throw new RangeError(
      `Cannot pool ${x}: at most half a kernel of padding and an image that holds the kernel ` +
        `needed, got kernel ${kernel} and padding ${padding}`,
    );
  }
  const side = (from: number) => Math.floor((from + 2 * padding - kernel) / stride) + 1;
  return [b, c, side(h), side(w)];
}

const scatterRule: Rule<readonly [Tensor, Tensor, Tensor], Record<never, never>> = {
  name: "scatter",
  shape: ([onto]) => onto.shape,
  onnx: () => ({
    type: "ScatterElements",
    attributes: { axis: { int: 0 }, reduction: { string: "add" } },
  }),
  grad: ([g], [, indices]) => [g, null, gather(g, indices)],
};

/** Values added up at their row-major indices in a tensor of `shape` that is 0 elsewhere. */
function scatter(values: Tensor, indices: Tensor, shape: Shape): Tensor {
  const onto = expand(scalar(0), [sizeOf(shape)]);
  const flat = [sizeOf(values.shape)];
  return reshape(
    apply(scatterRule, [onto, reshape(indices, flat), reshape(values, flat)], {}),
    shape,
  );
}

const gatherRule: Rule<readonly [Tensor, Tensor], Record<never, never>> = {
  name: "gather",
  shape: ([, indices]) => indices.shape,
  onnx: () => ({ type: "Gather", attributes: { axis: { int: 0 } } }),
  grad: ([dy], [x, indices]) => [scatter(dy, indices, x.shape), null],
};

/** The elements of a vector x [n] at int64 indices: the adjoint of scatter. */
function gather(x: Tensor, indices: Tensor): Tensor {
  return apply(gatherRule, [x, indices], {});
}
