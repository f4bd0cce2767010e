import type { NDArray } from "../array.ts";
import { normalise, type Normalization } from "../data/augment.ts";
import { bilinearPixels } from "../data/crop.ts";
import type { Image } from "../data/dataset.ts";
import { flipWidth, softmaxClasses } from "./class_maps.ts";
import { type Network, type Size, slidingWindow, type WindowOptions } from "./sliding_window.ts";

/** The published scales; with the mirror images they are 12 passes. */
export const RATIOS = [0.5, 0.75, 1, 1.25, 1.5, 1.75] as const;

/** The box that an image is resized into at scale 1, mmseg's `img_scale`, in pixels. */
export interface Fit {
  readonly long: number;
  readonly short: number;
}

/** How multi-scale inference sees an image. */
export interface MultiScaleOptions extends WindowOptions {
  readonly fit: Fit;
  readonly ratios: readonly number[];
  readonly normalization: Normalization;
}

/**
 * Class probabilities [classes, h, w] of an image: the mean over its copies at every ratio and
 * their mirror images, each resized by 8-bit bilinear interpolation without antialiasing.
 */
export function multiScale(
  network: Network,
  image: Image,
  options: MultiScaleOptions,
): Promise<NDArray> {
  const original: Size = [image.height, image.width];
  const scaled = options.ratios.map((ratio) => {
    const size = fittedSize(original, options.fit, ratio);
    return () => normalise(resizeImage(image, size), options.normalization);
  });
  return averagePasses(network, scaled, original, options);
}

/**
 * Class probabilities [classes, ...original]: the mean of the softmaxes over images [3, h, w] of
 * any size, each made when its turn comes, and their mirror images.
 */
export async function averagePasses(
  network: Network,
  images: readonly (() => NDArray)[],
  original: Size,
  options: WindowOptions,
): Promise<NDArray> {
  let total: NDArray | undefined;
  for (const image of images) {
    const straight = image();
    for (const flip of [false, true]) {
      const probabilities = await onePass(network, straight, flip, original, options);
      if (total) probabilities.data.forEach((p, i) => total!.data[i]! += p);
      else total = probabilities;
    }
  }
  if (!total) throw new RangeError("Cannot average passes: it needs at least 1 ratio, got none");
  const passes = 2 * images.length;
  total.data.forEach((sum, i) => total.data[i] = sum / passes);
  return total;
}

/** Probabilities [classes, ...original] of one image [3, h, w], seen in the mirror where `flip`. */
export async function onePass(
  network: Network,
  image: NDArray,
  flip: boolean,
  original: Size,
  options: WindowOptions,
): Promise<NDArray> {
  const seen = flip ? flipWidth(image) : image;
  const logits = await slidingWindow(network, seen, options, original);
  const probabilities = flip ? flipWidth(logits) : logits;
  softmaxClasses(probabilities);
  return probabilities;
}

/** The largest size of the same proportions within the box times the ratio, as mmcv rounds it. */
export function fittedSize([h, w]: Size, fit: Fit, ratio: number): Size {
  const long = Math.trunc(fit.long * ratio);
  const short = Math.trunc(fit.short * ratio);
  const factor = Math.min(long / Math.max(h, w), short / Math.min(h, w));
  return [Math.floor(h * factor + 0.5), Math.floor(w * factor + 0.5)];
}

function resizeImage(image: Image, [height, width]: Size): Image {
  const whole = { left: 0, top: 0, width, height, flip: false };
  return bilinearPixels(image, { scaledWidth: width, scaledHeight: height, ...whole });
}
