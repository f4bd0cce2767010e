/** What of a network can be looked at, in the order in which an image passes through it. */
export interface Anatomy {
  readonly attention: readonly AttentionLayer[];
  readonly features: readonly FeatureLayer[];
  /** The part that begins with ImageNet's weights. */
  readonly encoder: EncoderParts;
}

/**
 * Where an encoder's parameters are: how their names begin ("encoder.blocks.0."), from the image on. What
 * is frozen, and what learns more slowly the earlier it stands, is told by it.
 */
export interface EncoderParts {
  /** What makes tokens or a first map of an image. */
  readonly embedding: readonly string[];
  /** Its blocks, each with what changes the resolution before it and what norms a stage behind it. */
  readonly blocks: readonly (readonly string[])[];
  /** What stands behind the last block. */
  readonly end: readonly string[];
  /**
   * How the parameters of its attention begin where no weights over the whole image are listed: Swin's, in
   * windows.
   */
  readonly windowed?: readonly string[];
}

/** What cuts an image of h rows of pixels into ceil(h / stride) rows of cells, and columns alike. */
interface Gridded {
  /** How a user calls it: "encoder.3". */
  readonly name: string;
  readonly part: "encoder" | "decoder";
  /** The tap that holds its values. */
  readonly tap: string;
  /** The side of a cell in pixels. */
  readonly stride: number;
}

/** A layer of attention; its tap holds the weights [b, heads, queries, keys], whose rows sum to one. */
export interface AttentionLayer extends Gridded {
  readonly heads: number;
  /** The tokens before those of the cells, by name: "class token". */
  readonly before: readonly string[];
  /** How many class embeddings stand behind them: all or none. */
  readonly behind: number;
  /** Keys stand for squares of cells with this side; an incomplete square at the border has none. */
  readonly reduction: number;
}

/** Features of cells; its tap holds them as a map [b, dim, rows, columns] or as tokens [b, n, dim]. */
export interface FeatureLayer extends Gridded {
  /** How many tokens stand before those of the cells; null where the tap is a map. */
  readonly before: number | null;
}
