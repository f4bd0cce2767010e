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
