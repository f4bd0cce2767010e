/**
 * An ONNX model as plain data: what the graph library emits and bytes.ts encodes. The names follow
 * onnx.proto; only what Seglab uses is here.
 */

/** Element types with the names that ONNX Runtime's JavaScript API uses. */
export type DType = "float32" | "float16" | "int64" | "bool" | "uint8" | "int8";

/** Typed arrays that hold elements of a DType; bool as bytes of 0 and 1, float16 as its bits. */
export type TypedArray = Float32Array | Uint16Array | BigInt64Array | Uint8Array | Int8Array;

const dtypes: Readonly<Record<string, DType>> = {
  Float32Array: "float32",
  Uint16Array: "float16",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Int8Array: "int8",
};

/** The type of an array's elements; bytes are uint8, which bool shares with them. */
export function dtypeOf(data: TypedArray): DType {
  const name = Object.prototype.toString.call(data).slice("[object ".length, -1);
  const dtype = dtypes[name];
  if (dtype) return dtype;
  throw new TypeError(
    `Cannot use an array in a graph: one of ${Object.keys(dtypes).join(", ")} needed, got ${name}`,
  );
}

/** An attribute with its kind spelled out: 1 may be an integer or a float in ONNX. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

/** One operation: an operator of ONNX, and the names of what it reads and writes. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A weight or constant. */
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  /** Where the bytes are kept instead: a file beside the model, and the first byte in it. */
  readonly external?: { readonly file: string; readonly offset: number };
}

/** The name, type and shape of a graph's input or output; a name in place of a side is any number. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
  /** A sequence of such tensors in place of one. */
  readonly sequence?: boolean;
}

/** A whole model; its nodes stand in an order in which they can run. */
export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** What a user of the file should know, by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}
