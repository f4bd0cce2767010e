import { concat, split } from "../../graph/ops/concat.ts";
import { add, mul, sub } from "../../graph/ops/math.ts";
import { reshape } from "../../graph/ops/structure.ts";
import { constant, type Tensor } from "../../graph/tensor.ts";
import type { Grid } from "./vit.ts";

/** Cosines and sines by which tokens turn: each [n, 1, side / 2] for heads of `side` channels. */
export interface Rope {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** The longest wavelength's base (DINOv3's rope_position_encoding.py). */
const THETA = 100;

/**
 * DINOv3's rotary positions of a grid of patches, behind `before` tokens that do not turn. Half of a head's
 * angles are of the row and half of the column of a patch's centre, each on an axis of its own from -1 to 1.
 */
export function gridRope([rows, columns]: Grid, side: number, before: number): Rope {
  const quarter = side / 4;
  if (!Number.isInteger(quarter)) {
    throw new RangeError(`Cannot turn heads: channels in multiples of 4 needed, got ${side}`);
  }
  const n = before + rows * columns;
  const cos = new Float32Array(n * 2 * quarter).fill(1);
  const sin = new Float32Array(n * 2 * quarter);
  const centre = (i: number, count: number) => 2 * (i + 0.5) / count - 1;
  for (let token = before; token < n; token++) {
    const [row, column] = [Math.floor((token - before) / columns), (token - before) % columns];
    for (const [axis, at] of [centre(row, rows), centre(column, columns)].entries()) {
      for (let j = 0; j < quarter; j++) {
        const angle = 2 * Math.PI * at * THETA ** (-j / quarter);
        cos[(token * 2 + axis) * quarter + j] = Math.cos(angle);
        sin[(token * 2 + axis) * quarter + j] = Math.sin(angle);
      }
    }
  }
  const shape = [n, 1, 2 * quarter];
  return { cos: constant(cos, shape), sin: constant(sin, shape) };
}

/** Queries or keys [b, n, dim], turned head by head: each channel of the first half with its own of the second. */
export function turned(x: Tensor, heads: number, { cos, sin }: Rope): Tensor {
  const [b, n, dim] = x.dims(3);
  const half = dim / heads / 2;
  const [first, second] = split(reshape(x, [b, n, heads, 2 * half]), 3, [half, half]) as [
    Tensor,
    Tensor,
  ];
  const halves = [
    sub(mul(first, cos), mul(second, sin)),
    add(mul(second, cos), mul(first, sin)),
  ];
  return reshape(concat(halves, 3), [b, n, dim]);
}
