import type { NDArray } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";
import type { Image } from "../images/image.ts";

/** Which row of which attention matrix: that of token `query` in head `head` of image `image`. */
export interface AttentionQuery {
  /** Which image of the batch. */
  readonly image: number;
  /** Which head of the layer. */
  readonly head: number;
  /** Which token looks. */
  readonly query: number;
}

/**
 * How much a token looks at each patch: attention weights [b, heads, n, n] to a map [rows, columns].
 * The patches are the rows · columns tokens that follow the `extra` first ones (class token, …); what
 * stands behind them, as the class embeddings in a Mask Transformer, is left out as well.
 */
export function attentionMap(
  weights: NDArray,
  { image, head, query }: AttentionQuery,
  extra: number,
  [rows, columns]: readonly [number, number],
): NDArray {
  const [b = 0, heads = 0, n = 0, keys = 0] = weights.shape;
  const inside = image < b && head < heads && query < n && extra + rows * columns <= keys;
  if (weights.shape.length !== 4 || !inside) {
    throw new RangeError(
      `Cannot take an attention map: weights [b, heads, n, n] with image ${image}, head ${head}, ` +
        `token ${query} and ${extra} + ${rows}·${columns} keys needed, got ` +
        `[${weights.shape.join(", ")}]`,
    );
  }
  const start = ((image * heads + head) * n + query) * keys + extra;
  return { shape: [rows, columns], data: weights.data.slice(start, start + rows * columns) };
}

/** An image in the light of a map [rows, columns]: as it is at the map's largest value, dark at 0. */
export function spotlight({ width, height, data }: Image, map: NDArray): Image {
  const [rows, columns] = map.shape as [number, number];
  const plane = { shape: [1, rows, columns], data: map.data };
  const light = resizeBilinear(plane, height, width).data;
  const largest = light.reduce((a, b) => Math.max(a, b), 0);
  const lit = data.map((value, i) => Math.round(value * light[Math.floor(i / 3)]! / largest));
  return { width, height, data: lit };
}
