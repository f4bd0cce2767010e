/**
 * An ONNX model as plain data: what the graph library emits and bytes.ts encodes. The names follow
 * onnx.proto; only what Seglab uses is here.
 */

/** Element types with the names that ONNX Runtime's JavaScript API uses. */
export type DType = "float32" | "int64" | "bool" | "uint8";

/** Typed arrays that hold elements of a DType; bool as bytes of 0 and 1. */
export type TypedArray = Float32Array | BigInt64Array | Uint8Array;

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
  /** The bytes are kept beside the model, in an external file of the tensor's name. */
  readonly external?: boolean;
}

/** The name, type and static shape of a graph's input or output. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
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
}
