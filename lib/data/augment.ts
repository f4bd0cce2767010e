import type { NDArray } from "../array.ts";
import type { Random } from "../random.ts";
import { bilinearPixels, type Framing, nearestLabels, randomWindow } from "./crop.ts";
import type { Example } from "./dataset.ts";
import { IGNORE, type Image, type LabelMap } from "../images/image.ts";
import { brightnessContrast, photometricDistortion } from "./photometric.ts";

/** Mean and standard deviation of red, green and blue on the scale 0 to 255. */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What is done to a training example. */
export interface Augmentation extends Framing {
  /** Mirror left and right with probability one half. */
  readonly flip: boolean;
  readonly colour: "photometric" | "brightness-contrast" | "none";
  readonly normalization: Normalization;
}

/** A training example ready for the network: image [3, crop, crop], labels [crop, crop]. */
export interface Sample {
  readonly image: NDArray;
  readonly labels: LabelMap;
}

/**
 * mmseg's training pipeline, which Segmenter, SegFormer and SETR share: random resize, random crop,
 * flip, colour distortion, normalisation, then padding at the right and bottom by 0 (the mean colour)
 * and IGNORE.
 */
export function augment(example: Example, augmentation: Augmentation, random: Random): Sample {
  const { crop, flip, colour, normalization } = augmentation;
  const chosen = randomWindow(example.labels, augmentation, random);
  const window = { ...chosen, flip: flip && random.integer(0, 2) === 1 };
  const pixels = bilinearPixels(example.image, window);
  if (colour === "photometric") photometricDistortion(pixels.data, random);
  if (colour === "brightness-contrast") brightnessContrast(pixels.data, random);
  const image = { shape: [3, crop, crop], data: new Float32Array(3 * crop * crop) };
  writePlanes(pixels, normalization, image.data, crop);
  return { image, labels: padLabels(nearestLabels(example.labels, window), crop) };
}

/** An image [h, w, 3] as a network takes it: (value - mean) / std in planes [3, h, w]. */
export function normalise(image: Image, normalization: Normalization): NDArray {
  const { width, height } = image;
  const data = new Float32Array(3 * width * height);
  writePlanes(image, normalization, data, width);
  return { shape: [3, height, width], data };
}

/** Normalises pixels into the top left corner of three planes with `stride` columns. */
function writePlanes(
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

function padLabels(labels: LabelMap, side: number): LabelMap {
  if (labels.width === side && labels.height === side) return labels;
  const data = new Uint8Array(side * side).fill(IGNORE);
  for (let y = 0; y < labels.height; y++) {
    data.set(labels.data.subarray(y * labels.width, (y + 1) * labels.width), y * side);
  }
  return { width: side, height: side, data };
}
