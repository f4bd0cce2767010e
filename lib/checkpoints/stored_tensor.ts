import { fromFloat16 } from "../float16.ts";

/** The element types of safetensors files that can be read, with their bytes per element. */
export const BYTES_PER_ELEMENT = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type by its name in safetensors headers. */
export type Dtype = keyof typeof BYTES_PER_ELEMENT;

/** A tensor as a file holds it: row-major little-endian bytes that no conversion has touched. */
export class StoredTensor {
  /** `bytes` must start its own buffer, so that every element type is aligned. */
  constructor(
    readonly dtype: Dtype,
    readonly shape: readonly number[],
    readonly bytes: Uint8Array<ArrayBuffer>,
  ) {}

  /** Float32 values: half precision widened exactly, F64 and integers rounded; F32 not copied. */
  toFloat32(): Float32Array {
    const values = this.#values();
    if (values instanceof Float32Array) return values;
    return isBigints(values)
      ? numbersOf(values, new Float32Array(values.length), Number)
      : new Float32Array(values);
  }

  /** Exact values; a RangeError where an integer lies beyond those that a number holds. */
  toNumbers(): Float64Array {
    const values = this.#values();
    return isBigints(values)
      ? numbersOf(values, new Float64Array(values.length), exactNumber)
      : new Float64Array(values);
  }

  #values(): Numbers | BigInt64Array | BigUint64Array {
    const { buffer } = this.bytes;
    switch (this.dtype) {
      case "F64":
        return new Float64Array(buffer);
      case "F32":
        return new Float32Array(buffer);
      case "F16":
        return fromFloat16(new Uint16Array(buffer));
      case "BF16":
        return widenBfloat16(new Uint16Array(buffer));
      case "I64":
        return new BigInt64Array(buffer);
      case "U64":
        return new BigUint64Array(buffer);
      case "I32":
        return new Int32Array(buffer);
      case "I16":
        return new Int16Array(buffer);
      case "I8":
        return new Int8Array(buffer);
      case "U32":
        return new Uint32Array(buffer);
      case "U16":
        return new Uint16Array(buffer);
      case "U8":
        return this.bytes;
      case "BOOL":
        return this.bytes.map((byte) => byte === 0 ? 0 : 1); // any other is true to PyTorch
    }
  }
}

type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

function isBigints(
  values: Numbers | BigInt64Array | BigUint64Array,
): values is BigInt64Array | BigUint64Array {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** A loop: `from` with a function holds all values as bigints at once, five times their bytes. */
function numbersOf<T extends Float32Array | Float64Array>(
  integers: BigInt64Array | BigUint64Array,
  target: T,
  toNumber: (integer: bigint) => number,
): T {
  for (let i = 0; i < target.length; i++) target[i] = toNumber(integers[i]!);
  return target;
}

/** Float32 to the bits of bfloat16, rounded to nearest even. */
export function toBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  // A loop: Uint16Array.from with a function takes sixty times as long, and ten times the memory.
  for (let i = 0; i < halves.length; i++) {
    const word = bits[i]!;
    halves[i] = Number.isNaN(values[i]!)
      ? (word >>> 16) | 0x40 // not rounded to infinity
      : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}

function widenBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function exactNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(
    `Cannot read a 64-bit integer as a number: needs at most 2^53 - 1, got ${value}`,
  );
}
