import type { NDArray } from "../array.ts";
import { type Bands, channelsOf, type Image, isBands, kindInWords, type Raster } from "./image.ts";

/** Mean and standard deviation of each channel: red, green and blue from 0 to 255, or bands as they are. */
export interface Normalization {
  /** What is subtracted from each channel. */
  readonly mean: readonly number[];
  /** What each channel is divided by then. */
  readonly std: readonly number[];
}

/** An image [h, w, c] as a network takes it: (value - mean) / std in planes [c, h, w]. */
export function normalise(picture: Raster, normalization: Normalization): NDArray {
  const { width, height } = picture;
  const channels = normalization.mean.length;
  const data = new Float32Array(channels * width * height);
  normaliseInto(picture, normalization, data, width);
  return { shape: [channels, height, width], data };
}

/** Normalises pixels [h, w, c] into the top left corner of c planes with `stride` columns. */
export function normaliseInto(
  picture: Raster,
  normalization: Normalization,
  planes: Float32Array,
  stride: number,
): void {
  const { length } = normalization.mean;
  const channels = channelsOf(picture);
  if (channels !== length) {
    throw new RangeError(
      `Cannot show an image to the network: ${kindInWords(length, length !== 3)} needed, as its ` +
        `pixel statistics have, got ${kindInWords(channels, isBands(picture))}`,
    );
  }
  if (isBands(picture)) normaliseBands(picture, normalization, planes, stride);
  else normaliseBytes(picture, normalization, planes, stride);
}

/** A band without a value becomes 0, which is the mean. */
function normaliseBands(
  { width, height, channels, data }: Bands,
  { mean, std }: Normalization,
  planes: Float32Array,
  stride: number,
): void {
  const plane = planes.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const [middle, factor] = [mean[channel]!, 1 / std[channel]!];
    for (let y = 0, i = channel; y < height; y++) {
      const row = channel * plane + y * stride;
      for (let x = 0; x < width; x++, i += channels) {
        const value = (data[i]! - middle) * factor;
        planes[row + x] = Number.isFinite(value) ? value : 0;
      }
    }
  }
}

function normaliseBytes(
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

/** The bands [h, w, c] of planes [c, h, w] that `normalise` made. */
export function denormalisedBands(
  { shape: [channels = 0, height = 0, width = 0], data }: NDArray,
  { mean, std }: Normalization,
): Bands {
  const plane = width * height;
  const bands = Float32Array.from({ length: channels * plane }, (_, i) => {
    const channel = i % channels;
    return data[channel * plane + Math.floor(i / channels)]! * std[channel]! + mean[channel]!;
  });
  return { width, height, channels, data: bands };
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
