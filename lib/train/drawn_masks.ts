import { type NDArray, sizeOf } from "../array.ts";
import { concat } from "../graph/ops/concat.ts";
import { add, clip, floor, mul, sub } from "../graph/ops/math.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import { constant, input, scalar, type Shape, type Tensor } from "../graph/tensor.ts";
import type { Noise } from "../nn/scope.ts";
import { stream } from "../random.ts";

/** The graph's own random mask, and the keys [blocks, rounds] that it is fed in the mask's place. */
export interface DrawnMask {
  readonly mask: Tensor;
  readonly keys: Tensor;
}

/** Under which name the keys of a mask are fed. */
export function keysName(name: string): string {
  return `keys/${name}`;
}

const WORD = 2048; // a half of a counter has 11 bits, and is written as a fraction of 1
const ROUNDS = 6;

/**
 * A random mask that a device draws itself, as a name, a seed, a step and a micro-batch decide: elements are 1 / keep
 * with probability keep, which is rounded to a 2048th, otherwise 0. Two elements are the halves of a counter
 * after a Feistel cipher (Luby and Rackoff 1988). No number on the way has more than 24 bits, so that 32-bit floats
 * hold them exactly and every device draws the same mask, whether it fuses products with sums or not.
 */
export function drawnMask(name: string, { tensor: { shape }, keep }: Noise): DrawnMask {
  const pairs = Math.ceil(sizeOf(shape) / 2);
  const width = Math.min(pairs, WORD);
  const blocks = Math.ceil(pairs / (width * WORD)); // each with keys of its own
  const height = Math.ceil(pairs / (width * blocks));
  const keys = input(keysName(name), [blocks, ROUNDS]);
  let [left, right] = [fractions([1, height, 1]), fractions([1, 1, width])];
  for (let i = 0; i < ROUNDS; i++) {
    const key = reshape(slice(keys, [0, i], [blocks, 1]), [blocks, 1, 1]);
    [left, right] = [right, part(add(left, mixed(right, key)))];
  }
  const both = concat([left, right].map((half) => reshape(half, [blocks * height * width])), 0);
  const kept = Math.round(keep * WORD);
  const under = sub(scalar(kept), mul(slice(both, [0], [sizeOf(shape)]), scalar(WORD)));
  return { mask: reshape(mul(clip(under, 0, 1), scalar(WORD / kept)), shape), keys };
}

/** The middle bits of word · (word + key), which have 23: 11 of them behind the point. */
function mixed(word: Tensor, key: Tensor): Tensor {
  const product = mul(word, add(word, key));
  return mul(floor(mul(product, scalar(WORD * WORD / 64))), scalar(1 / WORD));
}

/** What is behind the point. */
function part(x: Tensor): Tensor {
  return sub(x, floor(x));
}

function fractions(shape: Shape): Tensor {
  return constant(Float32Array.from({ length: sizeOf(shape) }, (_, i) => i / WORD), shape);
}

/** What a drawn mask's keys are in a micro-batch of a step. */
export function drawnKeys(
  name: string,
  { keys: { shape } }: DrawnMask,
  seed: number,
  step: number,
  micro: number,
): NDArray {
  const random = stream(`${name}/${step}/${micro}`, seed);
  const key = () => random.integer(0, WORD) / WORD;
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, key) };
}
