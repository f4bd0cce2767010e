import type { NDArray } from "../array.ts";
import { IGNORE, type LabelMap } from "../data/dataset.ts";

/** Logits [classes, h, w] to probabilities over the classes, in place. */
export function softmaxClasses(logits: NDArray): void {
  const { data } = logits;
  const { classes, pixels } = sizes(logits);
  const largest = data.slice(0, pixels);
  for (let c = 1, i = pixels; c < classes; c++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      if (data[i]! > largest[pixel]!) largest[pixel] = data[i]!;
    }
  }
  const total = new Float32Array(pixels);
  for (let c = 0, i = 0; c < classes; c++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      data[i] = Math.exp(data[i]! - largest[pixel]!);
      total[pixel]! += data[i]!;
    }
  }
  for (let c = 0, i = 0; c < classes; c++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) data[i]! /= total[pixel]!;
  }
}

/** The class with the largest value of each pixel of [classes, h, w]; the first one of equals. */
export function argmaxClasses(map: NDArray): LabelMap {
  const { classes, height, width, pixels } = sizes(map);
  if (classes > IGNORE) {
    throw new RangeError(
      `Cannot make a label map: it needs at most ${IGNORE} classes, got ${classes}`,
    );
  }
  const best = map.data.slice(0, pixels);
  const labels = new Uint8Array(pixels);
  for (let c = 0, i = 0; c < classes; c++) {
    for (let pixel = 0; pixel < pixels; pixel++, i++) {
      const value = map.data[i]!;
      if (value > best[pixel]! || value !== value) { // a NaN stays, to be found below
        best[pixel] = value;
        labels[pixel] = c;
      }
    }
  }
  const bad = best.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot take the largest class: it needs finite logits, got ${best[bad]} for class ` +
        `${labels[bad]} at row ${Math.floor(bad / width)}, column ${bad % width}`,
    );
  }
  return { width, height, data: labels };
}

/** A map [c, h, w] mirrored left to right. */
export function flipWidth(map: NDArray): NDArray {
  const width = map.shape.at(-1)!;
  const data = map.data.slice();
  for (let row = 0; row < data.length; row += width) data.subarray(row, row + width).reverse();
  return { shape: map.shape, data };
}

function sizes(map: NDArray) {
  const [classes, height, width] = map.shape as [number, number, number];
  return { classes, height, width, pixels: height * width };
}
