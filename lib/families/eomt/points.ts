import { expand } from "../../graph/ops/broadcast.ts";
import { add, clip, float, int, lessThan, mul, sub } from "../../graph/ops/math.ts";
import { pick } from "../../graph/ops/sort.ts";
import { scalar, type Tensor } from "../../graph/tensor.ts";

/** Points [..., k] of maps, from 0 at their left and upper edge to 1 at the other. */
export interface Points {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** One of the four pixels around each point: where it stands in a row-major map, and what it counts. */
interface Corner {
  /** int64 [..., k] */
  readonly index: Tensor;
  /** [..., k]; 0 where it is outside of the map. */
  readonly weight: Tensor;
}

/**
 * The pixels around points of maps of some rows and columns: what torch's grid_sample reads (bilinear, zeros
 * outside, align_corners false, at 2·point - 1).
 */
export function cornersOf({ x, y }: Points, rows: number, columns: number): readonly Corner[] {
  const across = sidesOf(x, columns);
  const down = sidesOf(y, rows);
  return down.flatMap((row) =>
    across.map((column) => ({
      index: int(add(mul(row.at, scalar(columns)), column.at)),
      weight: mul(row.weight, column.weight),
    }))
  );
}

/** The pixel before and the one behind each coordinate along an axis. */
function sidesOf(coordinate: Tensor, side: number) {
  const place = sub(mul(coordinate, scalar(side)), scalar(0.5)); // from -0.5 to side - 0.5
  const before = sub(float(int(add(place, scalar(1)))), scalar(1)); // int cuts off: the floor from -1 on
  const share = sub(place, before);
  return [
    { at: before, weight: sub(scalar(1), share) },
    { at: add(before, scalar(1)), weight: share },
  ].map(({ at, weight }) => {
    const inside = mul(float(lessThan(scalar(-0.5), at)), float(lessThan(at, scalar(side - 0.5))));
    return { at: clip(at, 0, side - 1), weight: mul(weight, inside) };
  });
}

/**
 * Bilinear samples [b, n, k] of maps [b, n, rows · columns] at points given by their corners, which are [b, 1, k] where
 * the maps of an image share them.
 */
export function sampled(maps: Tensor, corners: readonly Corner[]): Tensor {
  const [b, n] = maps.dims(3);
  return corners.map(({ index, weight }) =>
    mul(pick(maps, expand(index, [b, n, index.shape[2]!])), weight)
  ).reduce(add);
}

/** How many of k points are drawn without a look at the masks. */
export function randomPoints(k: number): number {
  return k - Math.floor(0.75 * k);
}
