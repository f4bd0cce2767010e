/** Float32 numbers with a shape, row-major: what checkpoints hold and networks take and give. */
export interface NDArray {
  /** The sides; none for a scalar. */
  readonly shape: readonly number[];
  /** The elements, the last axis fastest. */
  readonly data: Float32Array;
}

/** The number of elements of a shape; 1 for a scalar's empty shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** So many indices of a list of a length, in order and at equal distances, from its first on. */
export function spreadIndices(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(i * length / count));
}

/**
 * Arrays by name whose memory is written again when one of the same length is asked for: where new pages come slowly
 * they take longer than the numbers that they are filled with.
 */
export function keptArrays(): (name: string, length: number) => Float32Array {
  const kept = new Map<string, Float32Array>();
  return (name, length) => {
    const known = kept.get(name);
    const array = known?.length === length ? known : new Float32Array(length);
    kept.set(name, array);
    return array;
  };
}

/** The bytes of a typed array, on the same memory. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
