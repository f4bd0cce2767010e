import { sizeOf } from "../array.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type DType, dtypeOf, type TypedArray } from "../onnx/model.ts";

/** Numbers of a shape, row-major, in this process's memory: what a program is fed and gives. */
export interface Value {
  /** The elements' type. */
  readonly dtype: DType;
  /** The sides; none for a scalar. */
  readonly shape: readonly number[];
  /** The elements, the last axis fastest. */
  readonly data: TypedArray;
}

/** Values by name: fed to a program or fetched from it. */
export type Values = Readonly<Record<string, Value>>;

/** A value for a program, on the same memory: of bytes it is uint8, otherwise what the array holds. */
export function value(data: TypedArray, shape: readonly number[]): Value {
  const dtype = dtypeOf(data);
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(
      `Cannot make a value [${shape.join(", ")}]: ${
        sizeOf(shape)
      } elements needed, got ${data.length}`,
    );
  }
  return { dtype, shape, data };
}

/** Zeros for a tensor of the graph. */
export function zerosFor({ dtype, shape }: Tensor): Value {
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) };
}

const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
} as const satisfies Readonly<Record<DType, new (length: number) => TypedArray>>;
