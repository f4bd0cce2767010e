import type { Size } from "../images/image.ts";

/** A network as a file that a runtime runs as it is: an exported one. */
export interface NetworkFile {
  readonly path: string;
  /** Rows and columns of pixels that it takes, and no others. */
  readonly window: Size;
  /** The name of its normalised images [b, channels, h, w]. */
  readonly input: string;
  /** The name of its scores [b, classes, rows, columns], before they are interpolated. */
  readonly output: string;
  /** How many scores a cell has: as many as there are classes, in most networks. */
  readonly channels: number;
  /** Rows and columns of the scores' grid, and the pixels under it. */
  readonly cells: Size;
  readonly covered: Size;
  /** The model, which gives the scores and nothing else, and the files that its weights are in beside it. */
  read(): Promise<EncodedModel>;
}

/** A model as bytes, and those of its weights that are outside of them. */
export interface EncodedModel {
  readonly bytes: Uint8Array;
  readonly beside: readonly { readonly path: string; readonly data: Uint8Array }[];
}
