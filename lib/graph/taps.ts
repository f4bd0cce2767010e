import { add, equal, float, mul, sub } from "./ops/math.ts";
import { maxPool, type Pool } from "./ops/pool.ts";
import { pad, reshape, slice } from "./ops/structure.ts";
import { constant, scalar, type Tensor } from "./tensor.ts";

/** A kernel that moves over an image, in pixels. */
export interface Kernel {
  readonly sides: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

type Size = readonly [height: number, width: number];

/** What each tap of a kernel sees of an image, and the way back. */
export class Taps {
  /** Where the kernel stands: rows and columns. */
  readonly places: Size;
  /** The padded image as far as the last tap reaches, in whole strides. */
  private readonly room: Size;

  /** The taps of a kernel on images of a size. */
  constructor(private readonly kernel: Kernel, private readonly size: Size) {
    const { sides, stride, dilation, padding } = kernel;
    const along = (axis: 0 | 1): [places: number, room: number] => {
      const [side, reach] = [size[axis] + 2 * padding, dilation * (sides[axis] - 1)];
      const places = Math.floor((side - reach - 1) / stride) + 1;
      return [places, Math.max(side, reach + places * stride)];
    };
    const [[h, height], [w, width]] = [along(0), along(1)];
    [this.places, this.room] = [[h, w], [height, width]];
  }

  /** How many there are. */
  get count(): number {
    return this.kernel.sides[0] * this.kernel.sides[1];
  }

  /** What they see of x [b, c, h, w], row by row: each [b, c, rows, columns] of places; around x they see 0. */
  seen(x: Tensor): Tensor[] {
    const { padding, stride } = this.kernel;
    const [b, c] = x.dims(4);
    const [oh, ow] = this.places;
    const padded = pad(x, [0, 0, padding, padding], [b, c, ...this.room]);
    return Array.from({ length: this.count }, (_, tap) => {
      const reached = slice(padded, [0, 0, ...this.start(tap)], [b, c, oh * stride, ow * stride]);
      const strides = reshape(reached, [b, c, oh, stride, ow, stride]);
      return reshape(slice(strides, [0, 0, 0, 0, 0, 0], [b, c, oh, 1, ow, 1]), [b, c, oh, ow]);
    });
  }

  /** What one of them sees, y [b, c, rows, columns] of places, where it is in the image; 0 elsewhere. */
  back(y: Tensor, tap: number): Tensor {
    const { padding, stride } = this.kernel;
    const [b, c, oh, ow] = y.dims(4);
    const apart = pad(reshape(y, [b, c, oh, 1, ow, 1]), [0, 0, 0, 0, 0, 0], [
      ...[b, c, oh, stride, ow, stride],
    ]);
    const strides = reshape(apart, [b, c, oh * stride, ow * stride]);
    const placed = pad(strides, [0, 0, ...this.start(tap)], [b, c, ...this.room]);
    return slice(placed, [0, 0, padding, padding], [b, c, ...this.size]);
  }

  private start(tap: number): Size {
    const { sides: [, columns], dilation } = this.kernel;
    return [dilation * Math.floor(tap / columns), dilation * (tap % columns)];
  }
}

/** Far below any number of an image, and finite, so that what is multiplied by 0 becomes 0. */
const NEVER = -3e38;

/**
 * The gradient of `maxPool` of x [b, c, h, w] from its own, dy: without the places of maxima, of which
 * the first in each window is found by comparing.
 */
export function maxPoolGradient(dy: Tensor, x: Tensor, pool: Pool): Tensor {
  const { kernel, stride, padding } = pool;
  const [, , h, w] = x.dims(4);
  const taps = new Taps({ sides: [kernel, kernel], stride, dilation: 1, padding }, [h, w]);
  const outside = taps.seen(constant(new Float32Array(h * w).fill(-NEVER), [1, 1, h, w]));
  const y = maxPool(x, pool);
  let free: Tensor | null = null;
  let dx: Tensor | null = null;
  for (const [tap, seen] of taps.seen(x).entries()) {
    const shown = padding > 0 ? add(seen, sub(outside[tap]!, scalar(-NEVER))) : seen;
    const isLargest: Tensor = float(equal(shown, y));
    const isFirst: Tensor = free ? mul(isLargest, free) : isLargest;
    free = free ? sub(free, isFirst) : sub(scalar(1), isFirst);
    const part = taps.back(mul(dy, isFirst), tap);
    dx = dx ? add(dx, part) : part;
  }
  return dx!;
}
