import type { RawLabels } from "../images/decode.ts";
import type { ClassKey, LabelMap, Raster } from "../images/image.ts";
import type { Objects } from "../images/objects.ts";
import type { Reading } from "../images/reading.ts";
import type { Fault } from "./fault.ts";
import type { LabelTable } from "./label_table.ts";
import type { Pair } from "./pairs.ts";

/** An image with the label map of the same size. */
export interface Example {
  /** How errors and files call it. */
  readonly name: string;
  /** What a network sees. */
  readonly image: Raster;
  /** What it should say. */
  readonly labels: LabelMap;
  /** The objects in it, of the same size; only those of `withObjects` have them. */
  readonly objects?: Objects;
}

/** Which examples of a data set: those to learn from or those to measure on. */
export type Split = "train" | "val";

/** Examples by index, with the names and display colours of the classes that labels index. */
export interface Dataset extends ClassKey {
  /** What it is called, for example `ade20k/val`. */
  readonly name: string;
  /** How many examples there are. */
  readonly length: number;
  /**
   * The files that examples are read from, for the label check; none where they are made.
   *
   * @internal
   */
  readonly source?: DiskSource;
  /** An example, counted from 0; it may be read anew each time. */
  example(index: number): Promise<Example>;
  /**
   * The id of the thing at each pixel of an example [height, width], 0 where there is none; left out
   * where the data set does not tell one thing from another of its class.
   */
  instances?(index: number): Promise<Uint16Array>;
  /** Whether each class is of things or of stuff; left out where nobody has said it. */
  readonly things?: readonly boolean[];
  /** The objects of an example, of its size; left out where things of a class are not told apart. */
  objects?(index: number): Promise<Objects>;
}

/** What makes a data set of pairs of files. */
export interface DiskSource extends ClassKey {
  readonly name: string;
  readonly pairs: readonly Pair[];
  /** What the numbers of a mask mean. */
  readonly tableFor: (raw: RawLabels, file: string) => LabelTable;
  /** The id of the thing that a value of an instance file means, or a colour (see `colourKey`); 0 for none. */
  readonly instanceOf?: (value: number) => number;
  /** Whether instance files are RGB images and not grey or of a palette; they are not if not given. */
  readonly colouredInstances?: boolean;
  /** Whether each class is of things or of stuff, where somebody has said it. */
  readonly things?: readonly boolean[];
  /** What kind of files was found where nobody has said it, for people, on one line. */
  readonly format?: string;
  /** What is wrong with annotations. */
  readonly faults?: readonly Fault[];
  /** How the files are read; by the defaults where it is not given. */
  readonly reading?: Reading;
}

/** A data set of files, with what is needed to look at the files themselves. */
export interface DiskDataset extends Dataset {
  readonly source: DiskSource;
}

/** How much of a data set is kept: CamVid's 367 decoded training examples take 254 MB. */
const LIMIT_BYTES = 2 ** 30;

/**
 * The data set with each example read once and kept, up to 1 GiB; examples beyond that are read every
 * time. For training, which comes back to them: one pass over a data set needs no memory for it.
 */
export function keepInMemory(dataset: Dataset): Dataset {
  const kept = new Map<number, Example>();
  let bytes = 0;
  const example = async (index: number): Promise<Example> => {
    const known = kept.get(index);
    if (known) return known;
    const read = await dataset.example(index);
    const size = read.image.data.byteLength + read.labels.data.byteLength +
      (read.objects?.data.byteLength ?? 0);
    if (!kept.has(index) && bytes + size <= LIMIT_BYTES) {
      kept.set(index, read);
      bytes += size;
    }
    return read;
  };
  return { ...dataset, example };
}
