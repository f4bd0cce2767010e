import type { NDArray } from "../array.ts";
import type { Image } from "./image.ts";

/** Mean and standard deviation of red, green and blue on the scale 0 to 255. */
export interface Normalization {
  /** What is subtracted from each channel. */
  readonly mean: readonly [number, number, number];
  /** What each channel is divided by then. */
  readonly std: readonly [number, number, number];
}

/** An image [h, w, 3] as a network takes it: (value - mean) / std in planes [3, h, w]. */
export function normalise(image: Image, normalization: Normalization): NDArray {
  const { width, height } = image;
  const data = new Float32Array(3 * width * height);
  normaliseInto(image, normalization, data, width);
  return { shape: [3, height, width], data };
}

/** Normalises pixels [h, w, 3] into the top left corner of three planes with `stride` columns. */
export function normaliseInto(
  { width, height, data }: Image,
  { mean, std }: Normalization,
  planes: Float32Array,
  stride: number,
): void {
  const plane = planes.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const table = Float32Array.from(
      { length: 256 },
      (_, value) => (value - mean[channel]!) / std[channel]!,
    );
    for (let y = 0, i = channel; y < height; y++) {
      const row = channel * plane + y * stride;
      for (let x = 0; x < width; x++, i += 3) planes[row + x] = table[data[i]!]!;
    }
  }
}

/** The pixels of planes [3, h, w] that `normalise` made. */
export function denormalised(
  { shape: [, height = 0, width = 0], data }: NDArray,
  { mean, std }: Normalization,
): Image {
  const plane = width * height;
  const pixels = Uint8Array.from({ length: 3 * plane }, (_, i) => {
    const channel = i % 3;
    return Math.round(data[channel * plane + Math.floor(i / 3)]! * std[channel]! + mean[channel]!);
  });
  return { width, height, data: pixels };
}
