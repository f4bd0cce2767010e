import type { NDArray } from "../array.ts";
import { type FieldSides, receptiveFieldSides } from "../report/analysis_figures.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import type { Drawing, Photograph } from "../report/picture.ts";
import { Finding } from "./finding.ts";

/** The effective receptive field of a layer. */
export interface Field {
  /** The layer's name, or "class scores". */
  readonly layer: string;
  /** How much the layer's middle changes with each pixel, [side, side]. */
  readonly field: NDArray;
  /** The side in pixels of the square around the middle that holds a half of it. */
  readonly half: number;
  /** The side of the one that holds 95 %. */
  readonly most: number;
}

/** The fields of a network, from the image to its class scores. */
export interface ModelFields {
  /** What the network is called. */
  readonly model: string;
  /** Layer by layer. */
  readonly fields: readonly Field[];
}

/** Effective receptive fields of networks, side by side. */
export class ReceptiveFields extends Finding {
  /** What its files are called. */
  readonly name = "receptive_field";

  /** Takes what was found. */
  constructor(
    /** How many pictures they are the mean of. */
    readonly images: number,
    /** The side of the pictures in pixels. */
    readonly side: number,
    readonly models: readonly ModelFields[],
  ) {
    super();
  }

  /** The squares' sides, layer by layer. */
  get sides(): readonly FieldSides[] {
    return this.models.flatMap(({ model, fields }) =>
      fields.map(({ layer, half, most }) => ({ model, layer, half, most }))
    );
  }

  /** The squares' sides in pixels. */
  override toJSON(): unknown {
    return {
      images: this.images,
      image_side_pixels: this.side,
      layers: this.sides.map(({ model, layer, half, most }) => {
        return { model, layer, side_of_50_percent_pixels: half, side_of_95_percent_pixels: most };
      }),
    };
  }

  /** The fields, a row for each network, and the squares' sides. */
  override async pictures(): Promise<Readonly<Record<string, Drawing | Photograph>>> {
    const rows = this.models.map(({ model, fields }) =>
      fields.map(({ layer, field, half, most }, i): Panel => ({
        title: `${i === 0 ? `${model} · ` : ""}${layer} · ${half}, ${most} px`,
        image: drawnField(field),
      }))
    );
    const label = "share of each field's largest value (square root); px: sides of the centred " +
      "squares with 50 % and 95 % of the field";
    const fields = await heatPicture(rows, { label, ends: ["0", "1"] });
    return { "": fields, sides: receptiveFieldSides(this.sides) };
  }
}

/** The square root shows what lies around the middle, which outshines it. */
function drawnField({ shape, data }: NDArray) {
  const largest = data.reduce((a, b) => Math.max(a, b), 0) || 1;
  return heatImage(data.map((value) => Math.sqrt(value / largest)), shape as [number, number]);
}
