import type { Image } from "./image.ts";

/**
 * An image resized to `height` × `width` as PIL's BILINEAR does it, to the last bit: a triangle filter
 * that is as wide as the step between output pixels when shrinking, columns first, rounded to bytes
 * after both directions. torch's interpolate and OpenCV do not antialias.
 */
export function resizeAntialiased(image: Image, height: number, width: number): Image {
  const wide = image.width === width ? image : resizeColumns(image, width);
  return wide.height === height ? wide : resizeRows(wide, height);
}

/** The inputs that an output mixes: from `start` on, with weights of 22 bits. */
interface Taps {
  readonly start: number;
  readonly weights: Int32Array;
}

const BITS = 22;
const HALF = 1 << (BITS - 1);

function triangleTaps(from: number, to: number): Taps[] {
  const step = from / to;
  const reach = Math.max(step, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Float64Array.from({ length: end - start }, (_, k) => {
      return Math.max(0, 1 - Math.abs((start + k + 0.5 - centre) / reach));
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      start,
      weights: Int32Array.from(weights, (w) => Math.trunc(w / total * 2 ** BITS + 0.5)),
    };
  });
}

function resizeColumns({ data, width: from, height }: Image, width: number): Image {
  const result = new Uint8Array(3 * width * height);
  const taps = triangleTaps(from, width);
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < width; x++, out += 3) {
      const { start, weights } = taps[x]!;
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let k = 0, i = 3 * (y * from + start); k < weights.length; k++, i += 3) {
        const weight = weights[k]!;
        red += weight * data[i]!;
        green += weight * data[i + 1]!;
        blue += weight * data[i + 2]!;
      }
      result[out] = red >> BITS;
      result[out + 1] = green >> BITS;
      result[out + 2] = blue >> BITS;
    }
  }
  return { width, height, data: result };
}

function resizeRows({ data, width, height: from }: Image, height: number): Image {
  const stride = 3 * width;
  const result = new Uint8Array(stride * height);
  const sums = new Int32Array(stride);
  for (const [y, { start, weights }] of triangleTaps(from, height).entries()) {
    sums.fill(HALF);
    for (const [k, weight] of weights.entries()) {
      const row = (start + k) * stride;
      for (let i = 0; i < stride; i++) sums[i]! += weight * data[row + i]!;
    }
    for (let i = 0; i < stride; i++) result[y * stride + i] = sums[i]! >> BITS;
  }
  return { width, height, data: result };
}
