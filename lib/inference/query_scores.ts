import type { NDArray } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";
import type { LabelMap, Size } from "../images/image.ts";
import { type QueryAnswer, sigmoid, softmax } from "./query_answer.ts";

/**
 * How much a network of queries sees of each class in each pixel [classes, height, width]: over queries
 * the sum of the class's probability times that of the pixel to be in the mask.
 */
export function classSharesOf(answer: QueryAnswer): NDArray {
  const { classes: { shape, data }, width, height } = answer;
  const [queries, all] = shape as [number, number];
  const pixels = width * height;
  const sums = new Float32Array((all - 1) * pixels);
  for (let query = 0; query < queries; query++) {
    const shares = softmax(data.subarray(query * all, (query + 1) * all));
    const mask = answer.mask(query).map(sigmoid);
    for (let index = 0; index < all - 1; index++) {
      const share = shares[index]!;
      const first = index * pixels;
      for (let i = 0; i < pixels; i++) sums[first + i]! += share * mask[i]!;
    }
  }
  return { shape: [all - 1, height, width], data: sums };
}

/** What a network sees in a square window along the longer side of a resized picture. */
export interface SeenWindow {
  /** Its first row or column. */
  readonly start: number;
  /** What `classSharesOf` gives [classes, side, side]. */
  readonly shares: NDArray;
}

/** Shares of a resized picture [classes, height, width]: the mean where windows overlap. */
export function mergedWindows(windows: readonly SeenWindow[], [height, width]: Size): NDArray {
  const classes = windows[0]!.shares.shape[0]!;
  const data = new Float32Array(classes * height * width);
  const isUpright = height > width;
  const counts = new Float32Array(isUpright ? height : width);
  for (const { start, shares } of windows) {
    const [, h, w] = shares.shape as [number, number, number];
    const [top, left] = isUpright ? [start, 0] : [0, start];
    if (start < 0 || top + h > height || left + w > width) {
      throw new RangeError(
        `Cannot join windows: windows within ${height}×${width} needed, got one of ${h}×${w} from ` +
          `${start}`,
      );
    }
    for (let row = 0; row < classes * h; row++) {
      const to = (Math.floor(row / h) * height + top + row % h) * width + left;
      for (let x = 0; x < w; x++) data[to + x]! += shares.data[row * w + x]!;
    }
    for (let i = start; i < start + (isUpright ? h : w); i++) counts[i]!++;
  }
  for (let i = 0; i < data.length; i++) {
    const along = isUpright ? Math.floor(i / width) % height : i % width;
    data[i] = data[i]! / Math.max(counts[along]!, 1);
  }
  return { shape: [classes, height, width], data };
}

/** The likeliest class of each pixel of a picture [height, width], by shares [classes, h, w] of any size. */
export function likeliestClasses(shares: NDArray, [height, width]: Size): LabelMap {
  const { shape, data } = resizeBilinear(shares, height, width);
  const pixels = height * width;
  const labels = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    for (let index = 1; index < shape[0]!; index++) {
      if (data[index * pixels + i]! > data[labels[i]! * pixels + i]!) labels[i] = index;
    }
  }
  return { width, height, data: labels };
}
