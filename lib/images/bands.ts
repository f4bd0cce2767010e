import { bilinearTaps } from "../bilinear.ts";
import { filterWeights, type Resampling } from "./antialiased.ts";
import type { Bands } from "./image.ts";
import type { Window } from "./window.ts";

/**
 * Bands of a window [window.height, window.width, channels], bilinear: half-pixel centres, edges
 * repeated, no antialiasing, as `bilinearPixels` of bytes and without its rounding.
 */
export function bilinearBands(bands: Bands, window: Window): Bands {
  const { width, height, scaledWidth, scaledHeight, left, top, flip } = window;
  if (bands.width === scaledWidth && bands.height === scaledHeight && !flip) {
    return croppedBands(bands, window);
  }
  const columns = bilinearTaps(bands.width, scaledWidth);
  const rows = bilinearTaps(bands.height, scaledHeight);
  const { channels, data: source } = bands;
  const data = new Float32Array(width * height * channels);
  for (let y = 0, out = 0; y < height; y++) {
    const upper = rows.low[top + y]! * bands.width;
    const lower = rows.high[top + y]! * bands.width;
    const down = rows.weight[top + y]!;
    for (let x = 0; x < width; x++) {
      const column = left + (flip ? width - 1 - x : x);
      const [first, second] = [columns.low[column]!, columns.high[column]!];
      const across = columns.weight[column]!;
      for (let channel = 0; channel < channels; channel++, out++) {
        const at = (pixel: number) => source[pixel * channels + channel]!;
        const above = mixed(at(upper + first), at(upper + second), across);
        data[out] = mixed(above, mixed(at(lower + first), at(lower + second), across), down);
      }
    }
  }
  return { width, height, channels, data };
}

/** Between two values; one that counts nothing may be NaN. */
export function mixed(a: number, b: number, weight: number): number {
  return weight === 0 ? a : a * (1 - weight) + b * weight;
}

function croppedBands(bands: Bands, { left, top, width, height }: Window): Bands {
  const { channels } = bands;
  const row = channels * width;
  const data = new Float32Array(row * height);
  for (let y = 0; y < height; y++) {
    const start = channels * ((top + y) * bands.width + left);
    data.set(bands.data.subarray(start, start + row), y * row);
  }
  return { width, height, channels, data };
}

/** Bands resized to `height` × `width` as `resizeAntialiased` resizes bytes, and without its rounding. */
export function resizeBands(
  bands: Bands,
  height: number,
  width: number,
  resampling: Resampling = "bilinear",
): Bands {
  const { channels } = bands;
  const across = { from: bands.width, to: width, lines: bands.height, step: channels };
  const wide = alongSide(bands.data, resampling, channels, {
    ...across,
    lineFrom: bands.width * channels,
    lineTo: width * channels,
  });
  const row = width * channels;
  const down = { from: bands.height, to: height, lines: width, step: row };
  const data = alongSide(wide, resampling, channels, {
    ...down,
    lineFrom: channels,
    lineTo: channels,
  });
  return { width, height, channels, data };
}

/** Lines of places that are `step` numbers apart, and the distance of the lines before and after. */
interface Side {
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  readonly step: number;
  readonly lineFrom: number;
  readonly lineTo: number;
}

function alongSide(
  source: Float32Array,
  resampling: Resampling,
  channels: number,
  { from, to, lines, step, lineFrom, lineTo }: Side,
): Float32Array {
  if (from === to) return source;
  const taps = resampling === "nearest"
    ? Array.from({ length: to }, (_, i) => {
      return { start: Math.floor((i + 0.5) * from / to), weights: [1] };
    })
    : filterWeights(from, to, resampling);
  const target = new Float32Array(to * lines * channels);
  for (let line = 0; line < lines; line++) {
    taps.forEach(({ start, weights }, place) => {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += weights[k]! * source[line * lineFrom + (start + k) * step + channel]!;
        }
        target[line * lineTo + place * step + channel] = sum;
      }
    });
  }
  return target;
}
