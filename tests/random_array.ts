import { type NDArray, sizeOf } from "../lib/array.ts";
import { stream } from "../lib/random.ts";

/** Standard normal numbers of a shape from the stream of that name: the same in every run. */
export function randomArray(name: string, shape: readonly number[]): NDArray {
  const random = stream(name, 1);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()) };
}
