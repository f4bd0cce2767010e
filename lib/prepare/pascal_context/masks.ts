import { encodeLabels } from "../../images/encode.ts";
import type { LabelMap } from "../../images/image.ts";
import { pascalContextClasses } from "../../sets/pascal_context.ts";
import { type MatMatrix, readMatMatrix } from "./mat_file.ts";

/**
 * The numbers that labels.txt of Pascal Context (1 accordion … 459 zebra) gives to the 59 classes of
 * the usual task, from small to large, which is the order of their names: aeroplane, bag, bed …
 * wood. Place k of this list, from 1, is label k of all published models: mmsegmentation's
 * tools/dataset_converters/pascal_context.py sorts the numbers, and so do the masks of
 * PyTorch-Encoding that Segmenter trained on (wuhuikai/FastFCN#46). The page's own 59_labels.txt has
 * another order (mmsegmentation#3021): those are not the labels.
 */
export const CONTEXT_59: readonly number[] = [
  ...[2, 9, 18, 19, 22, 23, 25, 31, 33, 34, 44, 45, 46, 59, 65, 68, 72, 80, 85, 98, 104, 105],
  ...[113, 115, 144, 158, 159, 162, 187, 189, 207, 220, 232, 258, 259, 260, 284, 295, 296, 308],
  ...[324, 326, 347, 349, 354, 355, 360, 366, 368, 397, 415, 416, 420, 424, 427, 440, 445],
  ...[454, 458],
];

/** The highest number of a class in labels.txt; 0 is a pixel without a label. */
export const CONTEXT_LAST = 459;

/** Label 1 to 59 of each number from 0 to 459, 0 (background) for all other classes. */
export const CONTEXT_LABELS: Readonly<Uint8Array> = Uint8Array.from(
  { length: CONTEXT_LAST + 1 },
  (_, number) => CONTEXT_59.indexOf(number) + 1,
);

/** A label map of values 0 to 59 as the bytes of a PNG in the classes' colours. */
export async function contextPng(labels: LabelMap): Promise<Uint8Array> {
  return await encodeLabels(labels, pascalContextClasses.map(([, colour]) => colour));
}

/**
 * One MAT file of Pascal Context's trainval.tar.gz (a variable LabelMap [h, w] of 0 to 459) as a
 * label PNG of 0 (background) and 1 to 59; `file` is its name in errors.
 */
export async function contextPngOfMat(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const matrix = await readMatMatrix(bytes, "LabelMap", file);
  const { rows: height, columns: width } = matrix;
  if (width === 0 || height === 0) {
    throw new RangeError(`Cannot convert ${file}: it needs pixels, got a LabelMap without any`);
  }
  const data = new Uint8Array(width * height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) data[y * width + x] = labelAt(matrix, x * height + y, file);
  }
  return await contextPng({ width, height, data });
}

function labelAt({ values }: MatMatrix, index: number, file: string): number {
  const label = CONTEXT_LABELS[values[index]!];
  if (label !== undefined) return label;
  throw new RangeError(
    `Cannot convert ${file}: it needs classes from 0 to ${CONTEXT_LAST} in its LabelMap, got ` +
      `${values[index]}`,
  );
}
