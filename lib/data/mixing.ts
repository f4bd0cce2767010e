import { channelsOf, type LabelMap, type Raster } from "../images/image.ts";
import { mergedObjects } from "../images/object_windows.ts";
import { fillOf } from "../images/picture.ts";
import type { Random } from "../random.ts";
import { type Augmentation, type Crop, cropped } from "./augment.ts";
import type { Dataset } from "./dataset.ts";
import type { Extras } from "./extras.ts";

/** A crop with what other crops of the data set, and nothing, take of its place; new or as it was. */
export async function mixed(
  crop: Crop,
  dataset: Dataset,
  augmentation: Augmentation,
  random: Random,
): Promise<Crop> {
  const { extras } = augmentation;
  if (!extras) return crop;
  const { copyPaste, cutMix, cutOut } = extras;
  const another = async () => {
    const example = await dataset.example(random.integer(0, dataset.length));
    return cropped(example, augmentation, random);
  };
  if (copyPaste && random.uniform() < copyPaste.p) {
    const classes = copyPaste.classes.map((name) => dataset.classes.indexOf(name));
    crop = await pasted(crop, classes, another);
  }
  if (cutMix > 0 && random.uniform() < cutMix) {
    const part = rectangle(crop.labels, random.uniform(), random);
    crop = replaced(crop, await another(), ({ x, y }) => isIn(part, x, y));
  }
  return cutOut && random.uniform() < cutOut.p
    ? withHole(crop, cutOut, augmentation, random)
    : crop;
}

/** So many other crops are looked at for one with a pixel to paste. */
const TRIES = 5;

async function pasted(
  crop: Crop,
  classes: readonly number[],
  another: () => Promise<Crop>,
): Promise<Crop> {
  for (let tried = 0; tried < TRIES; tried++) {
    const other = await another();
    if (!other.labels.data.some((label) => classes.includes(label))) continue;
    return replaced(crop, other, ({ label }) => classes.includes(label));
  }
  return crop;
}

interface Place {
  readonly x: number;
  readonly y: number;
  /** The label there of the crop that is taken from. */
  readonly label: number;
}

/** A crop with another one's pixels and labels where `isTaken`, as far as both reach. */
function replaced(crop: Crop, other: Crop, isTaken: (place: Place) => boolean): Crop {
  const { width, height } = crop.labels;
  const channels = channelsOf(crop.pixels);
  const pixels = crop.pixels.data.slice();
  const labels = crop.labels.data.slice();
  for (let y = 0; y < Math.min(height, other.labels.height); y++) {
    for (let x = 0; x < Math.min(width, other.labels.width); x++) {
      const from = y * other.labels.width + x;
      const label = other.labels.data[from]!;
      if (!isTaken({ x, y, label })) continue;
      const to = y * width + x;
      const start = channels * from;
      pixels.set(other.pixels.data.subarray(start, start + channels), channels * to);
      labels[to] = label;
    }
  }
  const objects = crop.objects && other.objects &&
    mergedObjects(crop.objects, other.objects, (x, y) => {
      return isTaken({ x, y, label: other.labels.data[y * other.labels.width + x]! });
    });
  return {
    pixels: withData(crop.pixels, pixels),
    labels: { width, height, data: labels },
    ...objects && { objects },
  };
}

interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle of a map's proportions and such a share of its area, anywhere in it. */
function rectangle({ width, height }: LabelMap, share: number, random: Random): Rectangle {
  const [w, h] = [width, height].map((side) => Math.round(side * Math.sqrt(share))) as [
    number,
    number,
  ];
  const [left, top] = [random.integer(0, width - w + 1), random.integer(0, height - h + 1)];
  return { left, top, width: w, height: h };
}

function isIn({ left, top, width, height }: Rectangle, x: number, y: number): boolean {
  return x >= left && x < left + width && y >= top && y < top + height;
}

function withHole(
  { pixels, ...marks }: Crop,
  { share }: NonNullable<Extras["cutOut"]>,
  { normalization }: Augmentation,
  random: Random,
): Crop {
  const { left, top, width, height } = rectangle(marks.labels, share * random.uniform(), random);
  const data = pixels.data.slice();
  const fill = fillOf(pixels, normalization);
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      data.set(fill, fill.length * (y * pixels.width + x));
    }
  }
  return { ...marks, pixels: withData(pixels, data) };
}

/** An image with other numbers of the same kind. */
function withData(picture: Raster, data: Raster["data"]): Raster {
  return { ...picture, data } as Raster;
}
