import type { Image, LabelMap, Size } from "./image.ts";

/**
 * A window of an image that is thought of as resized to `scaledWidth` × `scaledHeight`: only the
 * pixels of the window are ever computed. `flip` mirrors the window's columns.
 */
export interface Window {
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly flip: boolean;
}

/**
 * Labels of a window, nearest as cv2's INTER_NEAREST: floor(x · scale), no half-pixel shift.
 * Returns [window.height, window.width].
 */
export function nearestLabels(labels: LabelMap, window: Window): LabelMap {
  const { width, height } = window;
  const data = new Uint8Array(width * height);
  nearestInto(labels, window, data);
  return { width, height, data };
}

/** A map of one number a pixel, and its size. */
export interface NumberMap<Numbers extends Uint8Array | Int32Array> {
  /** Columns of pixels. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** The numbers, row by row [height, width]. */
  readonly data: Numbers;
}

/** Writes what `nearestLabels` takes of a map into [window.height, window.width]. */
export function nearestInto<Numbers extends Uint8Array | Int32Array>(
  map: NumberMap<Numbers>,
  window: Window,
  target: Numbers,
): void {
  const { width, height } = window;
  const columns = nearestIndices(map.width, window.scaledWidth, window.left, width);
  if (window.flip) columns.reverse();
  const rows = nearestIndices(map.height, window.scaledHeight, window.top, height);
  const source = map.data;
  for (let y = 0, i = 0; y < height; y++) {
    const row = rows[y]! * map.width;
    for (let x = 0; x < width; x++) target[i++] = source[row + columns[x]!]!;
  }
}

/**
 * Pixels of a window, bilinear as cv2's INTER_LINEAR: half-pixel centres, edges repeated, no
 * antialiasing, weights of 11 bits. Returns [window.height, window.width, 3].
 */
export function bilinearPixels(image: Image, window: Window): Image {
  const { width, height, scaledWidth, scaledHeight, flip } = window;
  if (image.width === scaledWidth && image.height === scaledHeight && !flip) {
    return croppedPixels(image, window);
  }
  const columns = linearTaps(image.width, window.scaledWidth, window.left, width);
  if (flip) columns.forEach((table) => table.reverse());
  const [starts, ends, weights] = linearTaps(image.height, window.scaledHeight, window.top, height);
  const stride = 3 * width;
  // Neighbouring output rows share source rows: row y is kept in slot y mod 2 once it is stretched.
  const slots = [new Int32Array(stride), new Int32Array(stride)] as const;
  const held = [-1, -1];
  const stretched = (y: number): Int32Array => {
    const slot = slots[y & 1]!;
    if (held[y & 1] !== y) stretchRow(image, y, columns, slot);
    held[y & 1] = y;
    return slot;
  };
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const lower = weights[y]!;
    const upper = ONE - lower;
    const a = stretched(starts[y]!);
    const b = stretched(ends[y]!);
    const row = y * stride;
    for (let i = 0; i < stride; i++) data[row + i] = (a[i]! * upper + b[i]! * lower + HALF) >> 22;
  }
  return { width, height, data };
}

function croppedPixels(image: Image, { left, top, width, height }: Window): Image {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const start = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(start, start + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}

const ONE = 1 << 11;
const HALF = 1 << 21;

function nearestIndices(source: number, scaled: number, first: number, count: number) {
  const step = 1 / (scaled / source); // in this order, as cv2 rounds
  return Int32Array.from(
    { length: count },
    (_, i) => Math.min(Math.floor((first + i) * step), source - 1),
  );
}

/** For each output position the two source positions and the second one's weight of 2^11. */
function linearTaps(source: number, scaled: number, first: number, count: number) {
  const step = source / scaled;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  const weights = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const centre = Math.min(Math.max((first + i + 0.5) * step - 0.5, 0), source - 1);
    starts[i] = Math.floor(centre);
    ends[i] = Math.min(starts[i]! + 1, source - 1);
    weights[i] = Math.round((centre - starts[i]!) * ONE);
  }
  return [starts, ends, weights] as const;
}

function stretchRow(
  image: Image,
  y: number,
  [starts, ends, weights]: ReturnType<typeof linearTaps>,
  target: Int32Array,
): void {
  const { data, width } = image;
  const row = 3 * y * width;
  for (let x = 0, i = 0; x < starts.length; x++, i += 3) {
    const right = weights[x]!;
    const left = ONE - right;
    const a = row + 3 * starts[x]!;
    const b = row + 3 * ends[x]!;
    target[i] = data[a]! * left + data[b]! * right;
    target[i + 1] = data[a + 1]! * left + data[b + 1]! * right;
    target[i + 2] = data[a + 2]! * left + data[b + 2]! * right;
  }
}

/** The box that an image is resized into, mmseg's `img_scale`, in pixels. */
export interface Fit {
  /** What the longer side may be. */
  readonly long: number;
  /** What the shorter side may be. */
  readonly short: number;
}

/**
 * The largest size [height, width] of an image's proportions within the box times the ratio, as
 * mmcv.imrescale rounds it: the box down, the sides to the nearest.
 */
export function fittedSize(
  [h, w]: Size,
  fit: Fit,
  ratio: number,
): Size {
  const long = Math.trunc(fit.long * ratio);
  const short = Math.trunc(fit.short * ratio);
  const factor = Math.min(long / Math.max(h, w), short / Math.min(h, w));
  return [Math.floor(h * factor + 0.5), Math.floor(w * factor + 0.5)];
}

/** The size [height, width] of an image's proportions whose longer side is `long` pixels times the ratio. */
export function sizeOfLongSide(image: Size, long: number, ratio = 1): Size {
  const [h, w] = fittedSize(image, { long, short: long }, ratio);
  return [Math.max(1, h), Math.max(1, w)];
}
