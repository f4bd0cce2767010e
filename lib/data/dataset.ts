import type { DiskSource } from "./disk.ts";

/** An 8-bit RGB image, row-major: `data` is [height, width, 3]. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A class index, or IGNORE, for every pixel: `data` is [height, width]. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The label of a pixel that neither the loss nor a metric counts. */
export const IGNORE = 255;

/** Red, green and blue from 0 to 255. */
export type Colour = readonly [number, number, number];

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
