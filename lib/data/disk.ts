import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";
import type { Colour, Dataset, Example } from "./dataset.ts";
import { decodeImage, decodeLabels } from "./image.ts";
import type { RawLabels } from "./image.ts";
import { checkSizes, classify } from "./label_check.ts";
import type { LabelTable } from "./label_check.ts";
import { keepInMemory } from "./memory.ts";

/** An image file and the label file of the same name. */
export interface Pair {
  readonly name: string;
  readonly image: string;
  readonly labels: string;
}

/** What makes a data set of pairs of files; `tableFor` says what the numbers of a mask mean. */
export interface DiskSource {
  readonly name: string;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly pairs: readonly Pair[];
  readonly tableFor: (raw: RawLabels, file: string) => LabelTable;
}

/** The names of image files, by the extensions that sharp reads. */
export const IMAGE_FILE = /\.(jpe?g|png|webp|tiff?|avif|gif)$/i;
const LABELS = /\.png$/i;

/**
 * Pairs the images of one folder with the label PNGs of another by file name without extension, in
 * the order of names. An image without mask or a mask without image is a RangeError with names.
 */
export async function listPairs(imageDir: string, labelDir: string): Promise<readonly Pair[]> {
  const images = await filesByName(imageDir, IMAGE_FILE, "images");
  const labels = await filesByName(labelDir, LABELS, "label PNGs");
  const complain = (alone: string[], what: string, dir: string) => {
    if (alone.length === 0) return;
    const names = alone.slice(0, 5).join(", ") + (alone.length > 5 ? ", …" : "");
    throw new RangeError(
      `Cannot pair ${imageDir} with ${labelDir}: needs a mask of the same name for each image, ` +
        `got ${alone.length} ${what} (${names}); add the missing files to ${dir} or remove these`,
    );
  };
  const alone = (a: Map<string, string>, b: Map<string, string>) =>
    [...a.keys()].filter((name) => !b.has(name));
  complain(alone(images, labels), "without mask", labelDir);
  complain(alone(labels, images), "masks without image", imageDir);
  return [...images].map(([name, image]) => ({ name, image, labels: labels.get(name)! }));
}

/** A data set of files: examples are decoded and checked on first use and then kept in memory. */
export function diskDataset({ name, classes, palette, pairs, tableFor }: DiskSource): Dataset {
  const read = async (index: number): Promise<Example> => {
    const pair = pairs[index];
    if (!pair) {
      throw new RangeError(
        `Cannot read an example of ${name}: needs an index from 0 to ${
          pairs.length - 1
        }, got ${index}`,
      );
    }
    const [image, raw] = await Promise.all([decodeImage(pair.image), decodeLabels(pair.labels)]);
    checkSizes(image, pair.image, raw, pair.labels);
    const labels = classify(raw, tableFor(raw, pair.labels), pair.labels);
    return { name: pair.name, image, labels };
  };
  return { name, classes, palette, length: pairs.length, example: keepInMemory(read) };
}

async function filesByName(
  dir: string,
  pattern: RegExp,
  what: string,
): Promise<Map<string, string>> {
  const files = (await readdir(dir).catch((cause) => {
    throw new RangeError(
      `Cannot list ${dir}: needs a folder of ${what}, got ${cause.code ?? cause}`,
      { cause },
    );
  })).filter((file) => pattern.test(file) && !file.startsWith(".")).sort();
  if (files.length === 0) {
    throw new RangeError(`Cannot list ${dir}: needs a folder of ${what}, got none in it`);
  }
  const byName = new Map<string, string>();
  for (const file of files) {
    const { name } = parse(file);
    if (byName.has(name)) {
      throw new RangeError(
        `Cannot list ${dir}: needs one file a name, got ${
          parse(byName.get(name)!).base
        } and ${file}`,
      );
    }
    byName.set(name, join(dir, file));
  }
  return byName;
}
