import type { NDArray } from "../array.ts";
import {
  channelsOf,
  IGNORE,
  isBands,
  kindInWords,
  type LabelMap,
  type Raster,
  type Size,
} from "../images/image.ts";
import { normaliseInto, type Normalization } from "../images/normalise.ts";
import { rotatedWindowOf, windowOf } from "../images/picture.ts";
import { type Fit, fittedSize, nearestLabels, type Window } from "../images/window.ts";
import { nearestObjects, paddedObjects, rotatedObjects } from "../images/object_windows.ts";
import type { Objects } from "../images/objects.ts";
import { rotatedLabels } from "../images/rotated_window.ts";
import { between, type Random } from "../random.ts";
import type { Example } from "./dataset.ts";
import type { Extras } from "./extras.ts";
import { addNoise, blurred, makeGrey } from "./filters.ts";
import { brightnessContrast, photometricDistortion } from "./photometric.ts";

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

/** What is done to a training example. */
export interface Augmentation extends Framing {
  /** Mirror left and right with probability one half. */
  readonly flip: boolean;
  readonly colour: "photometric" | "brightness-contrast" | "none";
  readonly normalization: Normalization;
  /** What else is done; nothing if not given. */
  readonly extras?: Extras | null;
}

/** A part of an example before it is normalised and padded: pixels [h, w, c], labels [h, w]. */
export interface Crop {
  readonly pixels: Raster;
  readonly labels: LabelMap;
  /** The objects that the crop shows, where the example has them. */
  readonly objects?: Objects;
}

/** A training example ready for the network: image [c, crop, crop], labels [crop, crop]. */
export interface Sample {
  readonly image: NDArray;
  readonly labels: LabelMap;
  readonly objects?: Objects;
}

/**
 * mmseg's training pipeline, which Segmenter, SegFormer and SETR share: random resize, random crop,
 * flip, colour distortion, normalisation, then padding at the right and bottom by 0 (the mean colour)
 * and IGNORE. The crop shows a pixel of the class `shown` where one is given. Extras that take of other
 * examples (`mixed`) are not in it.
 */
export function augment(
  example: Example,
  augmentation: Augmentation,
  random: Random,
  shown: number | null = null,
): Sample {
  return sampleOf(cropped(example, augmentation, random, shown), augmentation);
}

/** The pipeline up to the colour distortion, with the extras that an example has by itself. */
export function cropped(
  example: Example,
  augmentation: Augmentation,
  random: Random,
  shown: number | null = null,
): Crop {
  const { flip, colour, extras } = augmentation;
  const chosen = randomWindow(example.labels, augmentation, random, shown);
  const window = { ...chosen, flip: flip && random.integer(0, 2) === 1 };
  const crop = extras
    ? turnedCrop(example, window, augmentation, extras, random)
    : straightCrop(example, window);
  if (colour === "photometric") photometricDistortion(coloursOf(crop.pixels), random);
  if (colour === "brightness-contrast") brightnessContrast(coloursOf(crop.pixels), random);
  return extras ? { ...crop, pixels: filtered(crop.pixels, extras, random) } : crop;
}

function straightCrop({ image, labels, objects }: Example, window: Window): Crop {
  return {
    pixels: windowOf(image, window),
    labels: nearestLabels(labels, window),
    ...objects && { objects: nearestObjects(objects, window) },
  };
}

/** The bytes of an RGB image; bands, whose values are no colours, are a RangeError. */
function coloursOf(picture: Raster): Uint8Array {
  if (!isBands(picture)) return picture.data;
  throw new RangeError(
    `Cannot change the colours of an image: an RGB image needed, got ` +
      `${kindInWords(picture.channels, true)}; colour "none", and neither grey nor noise`,
  );
}

/** A crop as a network takes it. */
export function sampleOf(
  { pixels, labels, objects }: Crop,
  { crop, normalization }: Augmentation,
): Sample {
  const channels = channelsOf(pixels);
  const shape = [channels, crop, crop];
  const image = { shape, data: new Float32Array(channels * crop * crop) };
  normaliseInto(pixels, normalization, image.data, crop);
  return {
    image,
    labels: padLabels(labels, crop),
    ...objects && { objects: paddedObjects(objects, crop) },
  };
}

function turnedCrop(
  example: Example,
  window: Window,
  { normalization }: Augmentation,
  { rotate, verticalFlip, quarterTurns }: Extras,
  random: Random,
): Crop {
  const degrees = rotate && random.uniform() < rotate.p
    ? between(-rotate.degrees, rotate.degrees, random)
    : 0;
  const radians = degrees * Math.PI / 180;
  const { image, labels, objects } = example;
  const crop: Crop = degrees === 0 ? straightCrop(example, window) : {
    pixels: rotatedWindowOf(image, window, radians, normalization),
    labels: rotatedLabels(labels, window, radians),
    ...objects && { objects: rotatedObjects(objects, window, radians) },
  };
  const isUpsideDown = verticalFlip && random.integer(0, 2) === 1;
  const turns = quarterTurns ? random.integer(0, 4) : 0;
  return {
    pixels: turned(crop.pixels, isUpsideDown, turns),
    labels: turned(crop.labels, isUpsideDown, turns),
    ...crop.objects && { objects: turned(crop.objects, isUpsideDown, turns) },
  };
}

/** An image [h, w, c], labels or objects [h, w], upside down or not, then turned counter-clockwise by quarters. */
function turned<T extends Raster | LabelMap | Objects>(
  map: T,
  isUpsideDown: boolean,
  turns: number,
): T {
  if (!isUpsideDown && turns === 0) return map;
  const { width, height, data: source } = map;
  const channels = source.length / (width * height);
  const [w, h] = turns % 2 === 1 ? [height, width] : [width, height];
  const data = source.slice();
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [column, row] = turns === 0
        ? [x, y]
        : turns === 1
        ? [width - 1 - y, x]
        : turns === 2
        ? [width - 1 - x, height - 1 - y]
        : [y, height - 1 - x];
      const from = channels * ((isUpsideDown ? height - 1 - row : row) * width + column);
      const to = channels * (y * w + x);
      for (let channel = 0; channel < channels; channel++) {
        data[to + channel] = source[from + channel]!;
      }
    }
  }
  return { ...map, width: w, height: h, data };
}

function filtered(pixels: Raster, { grey, blur, noise }: Extras, random: Random): Raster {
  if (grey > 0 && random.uniform() < grey) makeGrey(coloursOf(pixels));
  if (blur && random.uniform() < blur.p) {
    // A hundredth of a pixel blurs nothing, and less would divide by nothing.
    pixels = blurred(pixels, between(0.01, blur.sigma, random));
  }
  if (noise && random.uniform() < noise.p) {
    addNoise(coloursOf(pixels), between(0, noise.deviation, random), random);
  }
  return pixels;
}

const RETRIES = 10;

/**
 * A random window of at most `crop` × `crop` in an image resized by a random factor, its labels
 * drawn again, at most 10 times, while one class takes `maxClassShare` of the pixels that count (or
 * all of them): mmseg's Resize with ratio_range and RandomCrop with cat_max_ratio. The last of the 10
 * is taken as it comes. Where a class is to be shown, a pixel of it is drawn each time, and where in the
 * window it lies.
 */
export function randomWindow(
  labels: LabelMap,
  { base, scale, crop, maxClassShare }: Framing,
  random: Random,
  shown: number | null = null,
): Window {
  const factor = scale[0] + (scale[1] - scale[0]) * random.uniform();
  const [scaledHeight, scaledWidth] = scaledSize(labels, base, factor);
  const width = Math.min(crop, scaledWidth);
  const height = Math.min(crop, scaledHeight);
  const pixels = shown === null ? [] : pixelsOf(labels, shown);
  const draw = (): Window => {
    const [top, left] = pixels.length === 0
      ? [random.integer(0, scaledHeight - height + 1), random.integer(0, scaledWidth - width + 1)]
      : around(pixels[random.integer(0, pixels.length)]!);
    return { scaledWidth, scaledHeight, left, top, width, height, flip: false };
  };
  const around = (pixel: number): [top: number, left: number] => {
    const scaledTo = (at: number, side: number, scaled: number) =>
      Math.floor((at + 0.5) * scaled / side);
    const y = scaledTo(Math.floor(pixel / labels.width), labels.height, scaledHeight);
    const x = scaledTo(pixel % labels.width, labels.width, scaledWidth);
    const place = (at: number, side: number, scaled: number) =>
      Math.min(Math.max(0, at - random.integer(0, side)), scaled - side);
    return [place(y, height, scaledHeight), place(x, width, scaledWidth)];
  };
  let window = draw();
  for (let retry = 0; retry < RETRIES; retry++) {
    if (largestShare(nearestLabels(labels, window).data) < maxClassShare) break;
    window = draw();
  }
  return window;
}

/** Where the pixels of a class are, row by row. */
function pixelsOf({ data }: LabelMap, label: number): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] === label) pixels.push(i);
  return pixels;
}

/** The size [height, width] of an image that is resized by a factor, within a box where there is one. */
function scaledSize({ width, height }: LabelMap, base: Fit | null, factor: number): Size {
  const [h, w] = base
    ? fittedSize([height, width], base, factor)
    : [Math.floor(height * factor + 0.5), Math.floor(width * factor + 0.5)];
  return [Math.max(1, h), Math.max(1, w)];
}

/** The share of the most frequent class among the labels that are not ignored; 1 if none is. */
export function largestShare(labels: Uint8Array): number {
  const counts = new Int32Array(256);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  const counted = labels.length - counts[IGNORE]!;
  counts[IGNORE] = 0;
  return counted === 0 ? 1 : Math.max(...counts) / counted;
}

function padLabels(labels: LabelMap, side: number): LabelMap {
  if (labels.width === side && labels.height === side) return labels;
  const data = new Uint8Array(side * side).fill(IGNORE);
  for (let y = 0; y < labels.height; y++) {
    data.set(labels.data.subarray(y * labels.width, (y + 1) * labels.width), y * side);
  }
  return { width: side, height: side, data };
}
