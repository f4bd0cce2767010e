import type { NDArray } from "./array.ts";

/** For each output position the two inputs between which it lies, and the weight of the second. */
export interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Bilinear sampling of `from` positions at `to` positions along one axis, without antialiasing when
 * shrinking. As torch's interpolate with align_corners=False and cv2's INTER_LINEAR place them: pixel
 * centres at half integers, borders repeated. With `alignCorners` the first and the last positions
 * of both meet.
 */
export function bilinearTaps(from: number, to: number, alignCorners = false): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const position = alignCorners
      ? i * (from - 1) / Math.max(to - 1, 1)
      : Math.max((i + 0.5) * (from / to) - 0.5, 0);
    low[i] = Math.min(Math.floor(position), from - 1);
    high[i] = Math.min(low[i]! + 1, from - 1);
    weight[i] = position - low[i]!;
  }
  return { low, high, weight };
}

/** A map [c, h, w] resized to [c, height, width]; the same object if that is its size. */
export function resizeBilinear(map: NDArray, height: number, width: number): NDArray {
  const [, h, w] = map.shape as [number, number, number];
  if (h === height && w === width) return map;
  return sampleBilinear(map, bilinearTaps(h, height), bilinearTaps(w, width));
}

/** A map [c, h, w] sampled at rows and columns: to [c, rows, columns]. */
export function sampleBilinear(map: NDArray, rows: Taps, columns: Taps): NDArray {
  const [c, h, w] = map.shape as [number, number, number];
  const [height, width] = [rows.low.length, columns.low.length];
  const data = new Float32Array(c * height * width);
  for (let channel = 0, out = 0; channel < c; channel++) {
    for (let y = 0; y < height; y++) {
      const upper = (channel * h + rows.low[y]!) * w;
      const lower = (channel * h + rows.high[y]!) * w;
      const fy = rows.weight[y]!;
      for (let x = 0; x < width; x++, out++) {
        const left = columns.low[x]!;
        const right = columns.high[x]!;
        const fx = columns.weight[x]!;
        const top = map.data[upper + left]! * (1 - fx) + map.data[upper + right]! * fx;
        const bottom = map.data[lower + left]! * (1 - fx) + map.data[lower + right]! * fx;
        data[out] = top * (1 - fy) + bottom * fy;
      }
    }
  }
  return { shape: [c, height, width], data };
}
