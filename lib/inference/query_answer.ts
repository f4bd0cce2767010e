import { type NDArray, sizeOf } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";
import type { Size } from "../images/image.ts";

/** What a network of queries says of a picture. */
export interface QueryAnswer {
  /** The score of each class and, last, of none [queries, classes + 1]. */
  readonly classes: NDArray;
  /** Columns and rows of pixels of the picture. */
  readonly width: number;
  readonly height: number;
  /** The mask of a query: a number above 0 in its pixels [height · width]. */
  mask(query: number): Float32Array;
}

/** How a picture lay in what the network saw: in its upper left corner, all sizes [height, width]. */
export interface Placement {
  /** What the network saw. */
  readonly seen: Size;
  /** What of it was the resized picture; the rest was filled. */
  readonly content: Size;
  /** The picture. */
  readonly picture: Size;
}

/**
 * An answer whose masks [queries, h, w] are the network's own: each is resized to what the network saw,
 * cut to the picture and resized to its size when it is asked for, since all of them may take more
 * memory than there is.
 */
export function placedAnswer(classes: NDArray, masks: NDArray, placement: Placement): QueryAnswer {
  requireShapes(classes, masks);
  const [height, width] = placement.picture;
  const [, h, w] = masks.shape as [number, number, number];
  return {
    classes,
    width,
    height,
    mask: (query) => {
      const data = masks.data.subarray(query * h * w, (query + 1) * h * w);
      return placed({ shape: [1, h, w], data }, placement).data;
    },
  };
}

/** Maps [c, h, w] of what the network saw, resized to the picture's size [c, height, width]. */
export function placed(maps: NDArray, { seen, content, picture }: Placement): NDArray {
  return resizeBilinear(cut(resizeBilinear(maps, ...seen), content), ...picture);
}

/** The upper left corner [c, height, width] of maps [c, h, w]. */
function cut({ shape, data }: NDArray, [height, width]: Size): NDArray {
  const [c, h, w] = shape as [number, number, number];
  if (h === height && w === width) return { shape, data };
  if (height > h || width > w) {
    throw new RangeError(
      `Cannot cut masks to a picture: a picture of at most the ${h}×${w} that the network saw ` +
        `needed, got ${height}×${width}`,
    );
  }
  const part = new Float32Array(c * height * width);
  for (let row = 0; row < c * height; row++) {
    const from = (Math.floor(row / height) * h + row % height) * w;
    part.set(data.subarray(from, from + width), row * width);
  }
  return { shape: [c, height, width], data: part };
}

/** The most likely class of a query, but for none, and how likely it and none are. */
export interface QueryClass {
  readonly class: number;
  /** The probability of the class. */
  readonly share: number;
  /** The probability that there is nothing. */
  readonly none: number;
}

/** The most likely class of each query, by the softmax of its scores. */
export function queryClasses({ shape, data }: NDArray): readonly QueryClass[] {
  const [queries, all] = shape as [number, number];
  return Array.from({ length: queries }, (_, query): QueryClass => {
    const shares = softmax(data.subarray(query * all, (query + 1) * all));
    const none = shares[all - 1]!;
    let best = 0;
    for (let index = 1; index < all - 1; index++) if (shares[index]! > shares[best]!) best = index;
    return { class: best, share: shares[best]!, none };
  });
}

/** The softmax of scores in 32-bit floats, as the reference's, since shares are compared with limits. */
function softmax(scores: Float32Array): Float32Array {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const shares = Float64Array.from(scores, (score) => Math.exp(score - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return Float32Array.from(shares, (share) => share / sum);
}

/** 1 / (1 + e^-x), to a 32-bit float. */
export function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}

function requireShapes(classes: NDArray, masks: NDArray): void {
  const [queries] = classes.shape;
  const isWhole = classes.shape.length === 2 && masks.shape.length === 3 && queries! >= 1 &&
    masks.shape[0] === queries && classes.shape[1]! >= 2 &&
    [classes, masks].every(({ shape, data }) => data.length === sizeOf(shape));
  if (isWhole) return;
  throw new RangeError(
    `Cannot read a network's queries: classes [queries, classes + 1] and masks [queries, height, ` +
      `width] needed, got [${classes.shape.join(", ")}] and [${masks.shape.join(", ")}]`,
  );
}
