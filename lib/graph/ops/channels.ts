/** Reductions of maps [b, c, h, w] to a number for each channel. */
import type { Tensor } from "../tensor.ts";
import { sum, sumTo } from "./broadcast.ts";
import { mul } from "./math.ts";
import { matmul } from "./matmul.ts";
import { reshape, swapLast } from "./structure.ts";

/** The sum of each channel of x [b, c, h, w]: [c]. */
export function channelSums(x: Tensor): Tensor {
  const [, c] = x.dims(4);
  return reshape(sumTo(x, [1, c, 1, 1]), [c]);
}

/** Below so many pixels a matrix product for each channel costs more than it saves. */
const FEW_PIXELS = 1024;

/**
 * The inner product of each channel of a and b [b, c, h, w]: [c]. As products of rows with columns it
 * reads each map once; a product of the maps would be written and read again.
 */
export function channelProducts(a: Tensor, b: Tensor): Tensor {
  const [images, c, h, w] = a.dims(4);
  if (h * w < FEW_PIXELS) return channelSums(mul(a, b));
  const rows = reshape(a, [images, c, 1, h * w]);
  const columns = swapLast(reshape(b, [images, c, 1, h * w]));
  return reshape(sum(matmul(rows, columns), [0]), [c]);
}
