import type { Image } from "./image.ts";

/** How PIL mixes the pixels of an image that is resized; "nearest" mixes none. */
export type Resampling = "box" | "bilinear" | "hamming" | "bicubic" | "lanczos" | "nearest";

interface Filter {
  /** How far it reaches in pixels. */
  readonly reach: number;
  /** Its weight at a distance. */
  readonly weight: (x: number) => number;
}

/** PIL's filters by name. */
const filters: Readonly<Record<Exclude<Resampling, "nearest">, Filter>> = {
  box: { reach: 0.5, weight: (x) => x > -0.5 && x <= 0.5 ? 1 : 0 },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    reach: 1,
    weight: (x) => Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)),
  },
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
  lanczos: { reach: 3, weight: (x) => Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0 },
};

/**
 * An image resized to `height` × `width` as PIL does it, to the last bit: a filter that is as wide as
 * the step between output pixels when shrinking, columns first, rounded to bytes after both directions.
 * torch's interpolate and OpenCV do not antialias.
 */
export function resizeAntialiased(
  image: Image,
  height: number,
  width: number,
  resampling: Resampling = "bilinear",
): Image {
  if (resampling === "nearest") return nearest(image, height, width);
  const wide = image.width === width ? image : resizeColumns(image, width, resampling);
  return wide.height === height ? wide : resizeRows(wide, height, resampling);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function nearest({ data, ...from }: Image, height: number, width: number): Image {
  const resized = new Uint8Array(3 * width * height);
  const columns = Array.from(
    { length: width },
    (_, x) => Math.floor((x + 0.5) * from.width / width),
  );
  for (let y = 0, out = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * from.height / height) * from.width;
    for (let x = 0; x < width; x++, out += 3) {
      const at = 3 * (row + columns[x]!);
      resized.set(data.subarray(at, at + 3), out);
    }
  }
  return { width, height, data: resized };
}

/** The inputs that an output mixes: from `start` on, with weights of 22 bits. */
interface Taps {
  readonly start: number;
  readonly weights: Int32Array;
}

const BITS = 22;
const HALF = 1 << (BITS - 1);

/** The inputs that each of `to` outputs mixes of `from` along one side: weights of sum 1 from `start` on. */
export function filterWeights(
  from: number,
  to: number,
  filter: Exclude<Resampling, "nearest">,
): { readonly start: number; readonly weights: Float64Array }[] {
  const { reach, weight } = filters[filter];
  const step = from / to;
  const scale = Math.max(step, 1);
  const support = reach * scale;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = Float64Array.from({ length: end - start }, (_, k) => {
      return weight((start + k + 0.5 - centre) / scale);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: weights.map((w) => w / total) };
  });
}

function tapsOf(from: number, to: number, filter: Exclude<Resampling, "nearest">): Taps[] {
  return filterWeights(from, to, filter).map(({ start, weights }) => {
    return { start, weights: Int32Array.from(weights, (w) => Math.round(w * 2 ** BITS)) };
  });
}

function resizeColumns(
  { data, width: from, height }: Image,
  width: number,
  filter: keyof typeof filters,
): Image {
  const result = new Uint8ClampedArray(3 * width * height); // filters with negative weights overshoot
  const taps = tapsOf(from, width, filter);
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
  return { width, height, data: new Uint8Array(result.buffer) };
}

function resizeRows(
  { data, width, height: from }: Image,
  height: number,
  filter: keyof typeof filters,
): Image {
  const stride = 3 * width;
  const result = new Uint8ClampedArray(stride * height);
  const sums = new Int32Array(stride);
  for (const [y, { start, weights }] of tapsOf(from, height, filter).entries()) {
    sums.fill(HALF);
    for (const [k, weight] of weights.entries()) {
      const row = (start + k) * stride;
      for (let i = 0; i < stride; i++) sums[i]! += weight * data[row + i]!;
    }
    for (let i = 0; i < stride; i++) result[y * stride + i] = sums[i]! >> BITS;
  }
  return { width, height, data: new Uint8Array(result.buffer) };
}
