import { attentionDistances } from "../report/analysis_figures.ts";
import type { Drawing } from "../report/picture.ts";
import { Finding } from "./finding.ts";
import { rounded } from "./maps.ts";

/** The mean distance in pixels that each head of a layer looks over. */
export interface LayerDistances {
  /** The layer's name: "encoder.3". */
  readonly layer: string;
  /** Pixels, by heads. */
  readonly heads: readonly number[];
}

/** How far the heads of each layer look. */
export class AttentionDistances extends Finding {
  /** What its files are called. */
  readonly name = "attention_distance";

  /** Takes what was found. */
  constructor(
    /** The network. */
    readonly model: string,
    /** How many pictures it is the mean of. */
    readonly images: number,
    readonly layers: readonly LayerDistances[],
  ) {
    super();
  }

  /** Distances in pixels, of heads and their means. */
  override toJSON(): unknown {
    const layers = this.layers.map(({ layer, heads }) => {
      const mean = heads.reduce((sum, distance) => sum + distance, 0) / heads.length;
      return { layer, mean_pixels: rounded(mean), heads_pixels: heads.map((x) => rounded(x)) };
    });
    return { model: this.model, images: this.images, layers };
  }

  /** A dot for each head over the layers, and the means as a line. */
  override pictures(): Promise<Readonly<Record<string, Drawing>>> {
    return Promise.resolve({ "": attentionDistances(this.layers) });
  }
}
