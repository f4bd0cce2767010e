import { basename, dirname, join, sep } from "node:path";
import { firstOf, listed } from "../../words.ts";
import { type Part, partOf } from "../annotated.ts";

/** The Parquet files to learn from and those to measure on, by their paths. */
export interface ParquetParts {
  readonly train: readonly string[];
  /** None where nobody has divided the data. */
  readonly val: readonly string[];
  /** Whether `val` is what its makers call the test part, where they have no validation part. */
  readonly valIsTest: boolean;
}

/**
 * Divides the Parquet files of a folder by their names (`data/train-00000-of-00002.parquet`) or those of
 * the folders they are in (`default/train/0000.parquet`). Where no name says a part, all are of train,
 * as in the `datasets` library. Validation is `val`; where there is none, test is.
 */
export function parquetParts(root: string, files: readonly string[]): ParquetParts {
  const placed = files.map(placeOf);
  const isDivided = placed.some(({ part }) => part !== null);
  const of = (part: Part) =>
    isDivided ? placed.filter((file) => file.part === part) : part === "train" ? placed : [];
  const train = of("train");
  const valIsTest = of("val").length === 0;
  const val = valIsTest ? of("test") : of("val");
  if (train.length === 0) {
    throw new RangeError(
      `Cannot open ${root}: Parquet files of a training part (train-*.parquet) needed, got ` +
        `${listed(files, (file) => file)}; rename those that are to be learned from`,
    );
  }
  const subsets = [...new Set([...train, ...val].map(({ subset }) => subset))];
  if (subsets.length > 1) {
    const folders = subsets.map((subset) => join(root, subset));
    throw new RangeError(
      `Cannot open ${root}: one subset of the data needed, got ${subsets.length} in folders of ` +
        `their own; give one of them (${firstOf(folders)})`,
    );
  }
  const paths = (part: readonly Placed[]) => part.map(({ file }) => join(root, file));
  return { train: paths(train), val: paths(val), valIsTest };
}

interface Placed {
  readonly file: string;
  readonly part: Part | null;
  /** The folder of the subset that it is of, without that of its part. */
  readonly subset: string;
}

/** The part of a file by its own name, or by the nearest folder that says one. */
function placeOf(file: string): Placed {
  const own = partOf(basename(file).replace(/\.parquet$/i, ""));
  const folders = dirname(file).split(sep);
  if (own !== null) return { file, part: own, subset: dirname(file) };
  const at = folders.findLastIndex((folder) => partOf(folder) !== null);
  if (at < 0) return { file, part: null, subset: dirname(file) };
  return { file, part: partOf(folders[at]!), subset: folders.slice(0, at).join(sep) || "." };
}
