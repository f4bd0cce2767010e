import { excerpt } from "../../words.ts";
import { featuresOf, mayBeImage } from "./features.ts";
import { IMAGE, type ParquetColumn, type ParquetFile } from "./parquet_file.ts";

/** The columns of the images and of their masks. */
export interface PictureColumns {
  readonly image: string;
  readonly mask: string;
}

/** Words in the names of columns of masks. */
const MASK_WORDS =
  /^(labels?|masks?|annotations?|segmentations?|segmented|seg|segmap|gt|truth|semantic)$/;
/** Names of columns of masks that stand for themselves where several have such words. */
const MASK_NAMES = ["label", "mask", "annotation", "segmentation_mask", "semantic_mask"];

/**
 * Finds the columns of images and masks: two columns of pictures, of which the name of one says that it
 * holds masks, or those that are given. Anything else is a RangeError with the columns that there are.
 */
export function pictureColumns(file: ParquetFile, given?: PictureColumns): PictureColumns {
  const features = featuresOf(file.written);
  const pictures = file.columns.filter(({ name, kind }) =>
    kind === IMAGE && mayBeImage(features, name)
  ).map(({ name }) => name);
  const cannot = (needs: string, advice: string) =>
    new RangeError(
      `Cannot use ${file.path}: ${needs} needed, got the columns ${shownColumns(file)}; ${advice}`,
    );
  if (given !== undefined) {
    const { image, mask } = given;
    if (image !== mask && [image, mask].every((name) => pictures.includes(name))) return given;
    throw cannot(
      `two columns of pictures named "${excerpt(image)}" and "${excerpt(mask)}"`,
      'name others as "columns" of the description',
    );
  }
  const masks = masksAmong(pictures);
  const images = pictures.filter((name) => !masks.all.includes(name));
  if (masks.all.length === 0) {
    throw cannot(
      "a column of masks (pictures { bytes, path }, called label, mask, annotation or so)",
      pictures.length > 1
        ? `if one of them holds masks, ${describe}`
        : "without masks there is nothing to train on",
    );
  }
  if (images.length === 1 && masks.best !== undefined) {
    return { image: images[0]!, mask: masks.best };
  }
  const needs = images.length === 1 ? "one column of masks" : "one column of images";
  throw cannot(needs, images.length > 0 ? describe : "there are masks without images");
}

const describe = 'say which by a description with "annotations": FOLDER and "columns": ' +
  '{ "image": …, "mask": … } (data/README.md)';

function masksAmong(
  pictures: readonly string[],
): { readonly all: readonly string[]; readonly best: string | undefined } {
  const all = pictures.filter((name) => wordsOf(name).some((word) => MASK_WORDS.test(word)));
  const named = MASK_NAMES.find((name) => all.includes(name));
  return { all, best: all.length === 1 ? all[0] : named };
}

/** The words of a column's name, `segmentationMask` or `segmentation_mask`, in small letters. */
function wordsOf(name: string): readonly string[] {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase().split(/[^a-z]+/);
}

/** The columns of a file with what they hold, for errors. */
export function shownColumns({ columns }: ParquetFile): string {
  const text = ({ name, kind }: ParquetColumn) => `${excerpt(name)} (${kind})`;
  return columns.slice(0, MOST_SHOWN).map(text).join(", ") +
    (columns.length > MOST_SHOWN ? `, … (${columns.length} in all)` : "");
}

const MOST_SHOWN = 20;
