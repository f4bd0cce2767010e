import { pad, reshape, slice } from "../../lib/graph/ops/structure.ts";
import type { Tensor } from "../../lib/graph/tensor.ts";

/** Every `channels`-th channel and `side`-th row and column of maps [b, c, h, w], as golden files keep them. */
export function thinnedMap(map: Tensor, channels: number, side = 1): Tensor {
  const byChannel = everyOf(map, 1, channels);
  return everyOf(everyOf(byChannel, 2, side), 3, side);
}

/** Every n-th along an axis, from the first on. */
function everyOf(x: Tensor, axis: number, n: number): Tensor {
  const { shape } = x;
  const kept = Math.ceil(shape[axis]! / n);
  const whole = pad(x, shape.map(() => 0), shape.with(axis, kept * n));
  const grouped = reshape(whole, shape.toSpliced(axis, 1, kept, n));
  const first = slice(grouped, grouped.shape.map(() => 0), grouped.shape.with(axis + 1, 1));
  return reshape(first, shape.with(axis, kept));
}
