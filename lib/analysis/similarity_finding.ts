import type { NDArray } from "../array.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import { marked, type Point } from "../report/marked.ts";
import type { Photograph } from "../report/picture.ts";
import { Finding } from "./finding.ts";
import { overImage, pictureNames, roundedRows } from "./maps.ts";
import { type Picture, seenPicture } from "./views.ts";

/** How alike the features of a cell and of all others are in a layer. */
export interface SimilarityMap {
  /** The layer's name: "encoder.3". */
  readonly layer: string;
  /** Cosines [rows, columns]. */
  readonly map: NDArray;
  /** The side of a cell in pixels of the picture as the network saw it. */
  readonly side: number;
}

/** The maps of one picture. */
export interface SimilarityPicture {
  /** The picture's name. */
  readonly name: string;
  /** The picture itself, or where it is. */
  readonly source: Picture;
  /** The pixel of the picture whose feature is compared. */
  readonly at: Point;
  /** How many pixels the network saw for one of the picture's, along a side. */
  readonly scale: number;
  /** The size at which the network saw it, in pixels. */
  readonly width: number;
  /** Its rows at that size. */
  readonly height: number;
  /** Layer by layer. */
  readonly maps: readonly SimilarityMap[];
}

/** How alike the features of a pixel and of all others are, picture by picture and layer by layer. */
export class FeatureSimilarities extends Finding {
  /** What its files are called. */
  readonly name = "similarity";

  /** Takes what was found. */
  constructor(
    /** The network. */
    readonly model: string,
    readonly found: readonly SimilarityPicture[],
  ) {
    super();
  }

  /** All cosines, with the sides of their cells in pixels. */
  override toJSON(): unknown {
    const pictures = this.found.map(({ name, at, width, height, maps }) => ({
      picture: name,
      at_pixel: [at.x, at.y],
      width,
      height,
      maps: maps.map(({ layer, map, side }) => {
        return { layer, cell_pixels: side, cosines: roundedRows(map) };
      }),
    }));
    return { model: this.model, pictures };
  }

  /** A picture for each that was looked at: maps over it. */
  override async pictures(): Promise<Readonly<Record<string, Photograph>>> {
    const names = pictureNames(this.found);
    const drawn: [string, Photograph][] = [];
    for (const [i, picture] of this.found.entries()) {
      drawn.push([names[i]!, await drawnMaps(picture)]);
    }
    return Object.fromEntries(drawn);
  }
}

/** The picture with a ring around the pixel, and each map over it, all on one scale. */
async function drawnMaps(picture: SimilarityPicture): Promise<Photograph> {
  const { width, height, at, scale, maps } = picture;
  const image = await seenPicture(picture.source, Math.min(width, height), "whole");
  const least = Math.min(...maps.map(({ map }) => map.data.reduce((a, b) => Math.min(a, b), 1)));
  const panels = maps.map(({ layer, map, side }): Panel => {
    const light = overImage(map, side, [height, width])
      .map((cosine) => (cosine - least) / (1 - least || 1));
    return { title: layer, image: heatImage(light, [height, width], image) };
  });
  const ringed = marked(image, { x: at.x * scale, y: at.y * scale });
  const all = [{ title: `pixel ${at.x}, ${at.y}`, image: ringed }, ...panels];
  const rows = [all.slice(0, 3), all.slice(3)].filter((row) => row.length > 0);
  const label = "cosine of the features of the ringed pixel and of this one";
  return await heatPicture(rows, { label, ends: [least.toFixed(least > 0.99 ? 5 : 2), "1"] });
}
