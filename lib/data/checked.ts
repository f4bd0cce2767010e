import {
  IGNORE,
  type Image,
  isBands,
  type LabelMap,
  MOST_BANDS,
  type Raster,
} from "../images/image.ts";
import { shown } from "../words.ts";
import type { Dataset, Example } from "./dataset.ts";

/** Refuses what is no image: data of another type, or of another length than 3 · width · height. */
export function checkImage(image: Image, doing: string): void {
  checkPixels(image, 3, `${doing}: an RGB image { width, height, data }`);
}

/** `checkImage`, or the same of bands. */
export function checkRaster(picture: Raster, doing: string): void {
  if (!isBands(picture) || !("channels" in picture)) return checkImage(picture as Image, doing);
  const { width, height, channels, data } = picture;
  const length = channels * width * height;
  const isWhole = Number.isInteger(channels) && channels >= 1 && channels <= MOST_BANDS;
  if (isWhole && data.length === length) return;
  throw new RangeError(
    `${doing}: bands { width, height, channels, data } with 1 to ${MOST_BANDS} channels and as many ` +
      `numbers for ${width}×${height} pixels needed, got ${data.length} numbers of ${channels} channels`,
  );
}

/** Refuses an example whose labels are not of the image's size, or no classes and not IGNORE. */
export function checkExample({ image, labels }: Example, classes: number, doing: string): void {
  checkRaster(image, doing);
  checkPixels(labels, 1, `${doing}: a label map { width, height, data }`);
  if (labels.width !== image.width || labels.height !== image.height) {
    throw new RangeError(
      `${doing}: labels of the image's size ${image.width}×${image.height} needed, got ` +
        `${labels.width}×${labels.height}`,
    );
  }
  const wrong = labels.data.find((label) => label >= classes && label !== IGNORE);
  if (wrong === undefined) return;
  throw new RangeError(
    `${doing}: labels from 0 to ${classes - 1}, or ${IGNORE} for none, needed, got ${wrong}`,
  );
}

/** The data set with each example checked as it is read: for those that a program made itself. */
export function checkedDataset(dataset: Dataset, doing: string): Dataset {
  const { name, classes, palette, length, example } = Object(dataset) as Partial<Dataset>;
  const isDataset = typeof name === "string" && Array.isArray(classes) && Array.isArray(palette) &&
    Number.isInteger(length) && typeof example === "function";
  if (!isDataset) {
    throw new TypeError(
      `${doing}: a data set { name, classes, palette, length, example } needed, as arrayDataset ` +
        `makes one, got ${shown(dataset)}`,
    );
  }
  if (length! < 1) throw new RangeError(`${doing}: a data set with examples needed, got none`);
  return {
    ...dataset,
    example: async (index) => {
      const read = await dataset.example(index);
      checkExample(read, classes!.length, `${doing}: example ${index} of ${name}`);
      return read;
    },
  };
}

function checkPixels({ width, height, data }: LabelMap, channels: number, needs: string): void {
  const isSide = (side: number) => Number.isInteger(side) && side > 0;
  if (!isSide(width) || !isSide(height)) {
    throw new RangeError(
      `${needs} with whole sides above 0 needed, got ${shown(width)}×${shown(height)}`,
    );
  }
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`${needs} with a Uint8Array needed, got ${shown(data)}`);
  }
  const length = channels * width * height;
  if (data.length === length) return;
  throw new RangeError(
    `${needs} with ${length} bytes for ${width}×${height} pixels needed, got ${data.length}`,
  );
}
