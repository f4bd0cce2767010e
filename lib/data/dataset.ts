import type { Colour, Image, LabelMap } from "../images/image.ts";
import type { DiskSource } from "./disk.ts";

/** An image with the label map of the same size. */
export interface Example {
  readonly name: string;
  readonly image: Image;
  readonly labels: LabelMap;
}

/** Which examples of a data set: those to learn from or those to measure on. */
export type Split = "train" | "val";

/** Examples by index, with the names and display colours of the classes that labels index. */
export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly length: number;
  /** The files that examples are read from, for the label check; none where they are made. */
  readonly source?: DiskSource;
  example(index: number): Promise<Example>;
  /**
   * The id of the thing at each pixel of an example [height, width], 0 where there is none; left out
   * where the data set does not tell one thing from another of its class.
   */
  instances?(index: number): Promise<Uint16Array>;
}
