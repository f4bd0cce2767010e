import type { NDArray } from "../array.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import { marked, type Point } from "../report/marked.ts";
import type { Photograph } from "../report/picture.ts";
import { Finding } from "./finding.ts";
import { overImage, pictureNames, rounded, roundedRows } from "./maps.ts";
import { type Picture, seenPicture } from "./views.ts";

/** How much a token looks at the patches, in one layer. */
export interface HeadMap {
  /** The layer's name: "encoder.3". */
  readonly layer: string;
  /** The number of a head, the mean over them, or what rollout made of all layers up to this one. */
  readonly head: number | "mean" | "rollout";
  /** The share of each patch, or square of patches, [rows, columns]. */
  readonly map: NDArray;
  /** The share of tokens that are no patches. */
  readonly elsewhere: number;
  /** The side of a cell of the map, in pixels of the picture as the network saw it. */
  readonly side: number;
}

/** The maps of one picture. */
export interface AttentionPicture {
  /** The picture's name. */
  readonly name: string;
  /** The picture itself, or where it is. */
  readonly source: Picture;
  /** The size at which the network saw it, in pixels. */
  readonly width: number;
  /** Its rows at that size. */
  readonly height: number;
  /** The pixel at that size whose patch looks; null where another token does. */
  readonly ring: Point | null;
  /** Layer by layer, and head by head. */
  readonly maps: readonly HeadMap[];
}

/** Where a token looks, picture by picture. */
export class AttentionMaps extends Finding {
  /** What its files are called. */
  readonly name = "attention";

  /** Takes what was found. */
  constructor(
    /** The network. */
    readonly model: string,
    /** The token that looks. */
    readonly from: string,
    /** How heads were fused for rollout; null where single layers are shown. */
    readonly rollout: string | null,
    readonly found: readonly AttentionPicture[],
  ) {
    super();
  }

  /** All maps, with the sides of their cells in pixels. */
  override toJSON(): unknown {
    const { model, from, rollout } = this;
    const pictures = this.found.map(({ name, width, height, maps }) => ({
      picture: name,
      width,
      height,
      maps: maps.map(({ layer, head, map, elsewhere, side }) => {
        return {
          layer,
          head,
          cell_pixels: side,
          other_tokens: rounded(elsewhere),
          shares: roundedRows(map),
        };
      }),
    }));
    return { model, from, rollout, pictures };
  }

  /** A picture for each that was looked at: maps over it. */
  override async pictures(): Promise<Readonly<Record<string, Photograph>>> {
    const names = pictureNames(this.found);
    const drawn: [string, Photograph][] = [];
    for (const [i, picture] of this.found.entries()) {
      drawn.push([names[i]!, await drawnMaps(picture, this.from)]);
    }
    return Object.fromEntries(drawn);
  }
}

/** The picture with a ring around what looks, and each map over it: a row for a layer with all heads. */
async function drawnMaps(picture: AttentionPicture, from: string): Promise<Photograph> {
  const { width, height, ring, maps } = picture;
  const image = await seenPicture(picture.source, Math.min(width, height), "whole");
  const panels = maps.map((map): Panel => {
    const least = map.map.data.reduce((a, b) => Math.min(a, b), 1);
    const largest = map.map.data.reduce((a, b) => Math.max(a, b), 0);
    const light = overImage(map.map, map.side, [height, width])
      .map((value) => (value - least) / (largest - least || 1));
    const head = typeof map.head === "number" ? `head ${map.head}` : map.head;
    return {
      title: `${map.layer} · ${head} · ${percent(least)} to ${percent(largest)} %`,
      image: heatImage(light, [height, width], image),
    };
  });
  const first: Panel = { title: from, image: ring ? marked(image, ring) : image };
  const all = [first, ...panels];
  const columns = all.length <= 6 ? Math.ceil(all.length / Math.ceil(all.length / 4)) : 4;
  const rows = Array.from({ length: Math.ceil(all.length / columns) }, (_, i) => {
    return all.slice(i * columns, (i + 1) * columns);
  });
  const label =
    "share of the token's attention that a patch gets, in each map from its least to its largest";
  return await heatPicture(rows, { label, ends: ["least", "largest"] });
}

/** A share in percent, in two significant digits. */
function percent(share: number): string {
  return String(Number((100 * share).toPrecision(2)));
}
