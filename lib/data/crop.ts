import type { Random } from "../random.ts";
import { IGNORE, type Image, type LabelMap } from "../images/image.ts";
import { type Fit, fittedSize } from "./fit.ts";

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
  const columns = nearestIndices(labels.width, window.scaledWidth, window.left, width);
  if (window.flip) columns.reverse();
  const rows = nearestIndices(labels.height, window.scaledHeight, window.top, height);
  const source = labels.data;
  const data = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const row = rows[y]! * labels.width;
    for (let x = 0; x < width; x++) data[i++] = source[row + columns[x]!]!;
  }
  return { width, height, data };
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

const RETRIES = 10;

/** Which part of an image a training example shows, and how large. */
export interface Framing {
  /** The box that the image is resized into before the factor; null leaves it its own size. */
  readonly base: Fit | null;
  /** Lowest and highest factor of the random resize. */
  readonly scale: readonly [number, number];
  /** Side of the square crop in pixels. */
  readonly crop: number;
  /** Crops with a class above this share of the counted pixels are drawn again; published: 0.75. */
  readonly maxClassShare: number;
}

/**
 * A random window of at most `crop` × `crop` in an image resized by a random factor, its labels
 * drawn again, at most 10 times, while one class takes `maxClassShare` of the pixels that count (or
 * all of them): mmseg's Resize with ratio_range and RandomCrop with cat_max_ratio. The last of the 10
 * is taken as it comes.
 */
export function randomWindow(
  labels: LabelMap,
  { base, scale, crop, maxClassShare }: Framing,
  random: Random,
): Window {
  const factor = scale[0] + (scale[1] - scale[0]) * random.uniform();
  const [scaledHeight, scaledWidth] = scaledSize(labels, base, factor);
  const width = Math.min(crop, scaledWidth);
  const height = Math.min(crop, scaledHeight);
  const draw = (): Window => {
    const top = random.integer(0, scaledHeight - height + 1);
    const left = random.integer(0, scaledWidth - width + 1);
    return { scaledWidth, scaledHeight, left, top, width, height, flip: false };
  };
  let window = draw();
  for (let retry = 0; retry < RETRIES; retry++) {
    if (largestShare(nearestLabels(labels, window).data) < maxClassShare) break;
    window = draw();
  }
  return window;
}

/** The size [height, width] of an image that is resized by a factor, within a box where there is one. */
function scaledSize({ width, height }: LabelMap, base: Fit | null, factor: number) {
  const exact = base
    ? fittedSize([height, width], base, factor)
    : [Math.floor(height * factor + 0.5), Math.floor(width * factor + 0.5)] as const;
  return [Math.max(1, exact[0]), Math.max(1, exact[1])] as const;
}

/** The share of the most frequent class among the labels that are not ignored; 1 if none is. */
export function largestShare(labels: Uint8Array): number {
  const counts = new Int32Array(256);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  const counted = labels.length - counts[IGNORE]!;
  counts[IGNORE] = 0;
  return counted === 0 ? 1 : Math.max(...counts) / counted;
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
