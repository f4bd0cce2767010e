import { channelsOf, isBands, type Raster } from "../images/image.ts";
import type { Random } from "../random.ts";

/** Grey values in all three channels (Rec. 601: 0.299, 0.587, 0.114), in place on pixels [n, 3]. */
export function makeGrey(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const grey = 0.299 * pixels[i]! + 0.587 * pixels[i + 1]! + 0.114 * pixels[i + 2]!;
    pixels.fill(Math.round(grey), i, i + 3);
  }
}

/** Gaussian noise of a standard deviation of so many of 255, each channel by itself, in place. */
export function addNoise(pixels: Uint8Array, deviation: number, random: Random): void {
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.min(Math.max(Math.round(pixels[i]! + deviation * random.normal()), 0), 255);
  }
}

/** Gaussian blur with a standard deviation of so many pixels, cut at three of them; edges repeat. */
export function blurred(picture: Raster, sigma: number): Raster {
  const { width, height, data } = picture;
  const channels = channelsOf(picture);
  const radius = Math.ceil(3 * sigma);
  const weights = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((a, b) => a + b);
  weights.forEach((weight, i) => weights[i] = weight / sum);
  const [step, row] = [channels, channels * width];
  const across = convolved(Float64Array.from(data), weights, channels, width, height, step, row);
  const both = convolved(across, weights, channels, height, width, row, step);
  if (isBands(picture)) return { ...picture, data: Float32Array.from(both) };
  return { width, height, data: Uint8Array.from(both, Math.round) };
}

/** Channels convolved along lines of `length` places, `step` numbers apart, `lines` of them. */
function convolved(
  source: Float64Array,
  weights: Float64Array,
  channels: number,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
): Float64Array {
  const radius = (weights.length - 1) / 2;
  const target = new Float64Array(source.length);
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < length; place++) {
      for (let channel = 0; channel < channels; channel++) {
        const start = line * lineStep + channel;
        let sum = 0;
        for (let tap = -radius; tap <= radius; tap++) {
          const at = Math.min(Math.max(place + tap, 0), length - 1);
          sum += weights[tap + radius]! * source[start + at * step]!;
        }
        target[start + place * step] = sum;
      }
    }
  }
  return target;
}
