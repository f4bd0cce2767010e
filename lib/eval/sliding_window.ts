import { type NDArray, sizeOf } from "../array.ts";
import { resizeBilinear } from "../bilinear.ts";

/** Normalised images [b, 3, h, w] to logits [b, classes, h, w]. */
export type Network = (images: NDArray) => Promise<NDArray>;

/** A height and a width in pixels. */
export type Size = readonly [height: number, width: number];

/** How an image is cut into square windows. */
export interface WindowOptions {
  /** Side of a window in pixels. */
  readonly window: number;
  /** Distance of neighbouring windows in pixels, at most `window`. */
  readonly stride: number;
  /** Windows in one run of the network; the last run of an image may have fewer. */
  readonly windowBatch: number;
}

/**
 * The official Segmenter's inference on one normalised image [3, h, w]: an image with a side below
 * the window is enlarged, the logits of overlapping windows are averaged, and the mean is resized
 * to [classes, ...original]. The original code's softmax comes after that, changes no argmax, and
 * is left to whoever needs probabilities.
 */
export async function slidingWindow(
  network: Network,
  image: NDArray,
  options: WindowOptions,
  original: Size = sizeOfMap(image),
): Promise<NDArray> {
  checkOptions(options);
  const { window, stride, windowBatch } = options;
  const enlarged = resizeBilinear(image, ...enlargedSize(sizeOfMap(image), window));
  const [height, width] = sizeOfMap(enlarged);
  const rows = anchors(height, window, stride);
  const columns = anchors(width, window, stride);
  const corners = rows.flatMap((y) => columns.map((x): Size => [y, x]));

  let sums: NDArray | undefined;
  for (let first = 0; first < corners.length; first += windowBatch) {
    const batch = corners.slice(first, first + windowBatch);
    const logits = await network(cut(enlarged, batch, window));
    const classes = classesOf(logits, batch.length, window);
    sums ??= { shape: [classes, height, width], data: new Float32Array(classes * height * width) };
    for (const [b, corner] of batch.entries()) addWindow(sums, logits, b, corner);
  }
  divide(sums!, coverage(rows, height, window), coverage(columns, width, window));
  return resizeBilinear(sums!, ...original);
}

/** The size at which windows fit: the short side at least `window`, the ratio of sides kept. */
export function enlargedSize([h, w]: Size, window: number): Size {
  if (Math.min(h, w) >= window) return [h, w];
  return h < w ? [window, Math.trunc((w / h) * window)] : [Math.trunc((h / w) * window), window];
}

/** Where windows start along an axis: at multiples of the stride, and where the last one fits. */
export function anchors(length: number, window: number, stride: number): number[] {
  const result: number[] = [];
  for (let start = 0; start < length - window; start += stride) result.push(start);
  return [...result, length - window];
}

function checkOptions({ window, stride, windowBatch }: WindowOptions): void {
  const whole = [window, stride, windowBatch].every((n) => Number.isInteger(n) && n > 0);
  if (whole && stride <= window) return;
  throw new RangeError(
    "Cannot cut windows: it needs whole numbers above 0 with stride <= window, got " +
      `window ${window}, stride ${stride}, windowBatch ${windowBatch}`,
  );
}

/** Windows [b, c, window, window] of a map [c, h, w]. */
function cut(map: NDArray, corners: readonly Size[], window: number): NDArray {
  const [c, h, w] = map.shape as [number, number, number];
  const shape = [corners.length, c, window, window];
  const data = new Float32Array(sizeOf(shape));
  let out = 0;
  for (const [top, left] of corners) {
    for (let channel = 0; channel < c; channel++) {
      for (let y = top; y < top + window; y++, out += window) {
        const start = (channel * h + y) * w + left;
        data.set(map.data.subarray(start, start + window), out);
      }
    }
  }
  return { shape, data };
}

function classesOf(logits: NDArray, b: number, window: number): number {
  const [batch, classes = 0, h, w] = logits.shape;
  if (logits.shape.length === 4 && batch === b && h === window && w === window) return classes;
  throw new RangeError(
    `Cannot merge windows: it needs logits [${b}, classes, ${window}, ${window}], ` +
      `got [${logits.shape.join(", ")}]`,
  );
}

/** Adds window b of the logits [b, classes, window, window] where its corner says. */
function addWindow(sums: NDArray, logits: NDArray, b: number, [top, left]: Size): void {
  const [classes, height, width] = sums.shape as [number, number, number];
  const window = logits.shape[3]!;
  const [total, added] = [sums.data, logits.data];
  let from = b * classes * window * window;
  for (let c = 0; c < classes; c++) {
    for (let y = 0; y < window; y++) {
      const to = (c * height + top + y) * width + left;
      for (let x = 0; x < window; x++) total[to + x]! += added[from + x]!;
      from += window;
    }
  }
}

/** How many windows cover each position along an axis. */
function coverage(starts: readonly number[], length: number, window: number): Uint16Array {
  const count = new Uint16Array(length);
  for (const start of starts) {
    for (let i = start; i < start + window; i++) count[i]!++;
  }
  return count;
}

/** Sums to means: a pixel lies in as many windows as its row times its column does. */
function divide(sums: NDArray, rowCount: Uint16Array, columnCount: Uint16Array): void {
  const { data } = sums;
  const height = rowCount.length;
  const width = columnCount.length;
  for (let row = 0; row * width < data.length; row++) {
    const vertical = rowCount[row % height]!;
    for (let x = 0, i = row * width; x < width; x++, i++) {
      const windows = vertical * columnCount[x]!;
      if (windows > 1) data[i]! /= windows;
    }
  }
}

function sizeOfMap(map: NDArray): Size {
  return [map.shape[1]!, map.shape[2]!];
}
