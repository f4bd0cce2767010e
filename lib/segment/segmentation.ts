import { resizeAntialiased } from "../images/antialiased.ts";
import { nearestLabels } from "../images/window.ts";
import type { ClassKey, Image, LabelMap } from "../images/image.ts";
import { encodeLabels, encodeShares } from "../images/encode.ts";
import { labelTiff } from "../images/label_tiff.ts";
import type { TiffField } from "../images/tiff_fields.ts";
import { type Outline, outlinesOf, type Outlining } from "../annotations/outlines.ts";
import { overlayPicture } from "../report/comparison.ts";
import type { Photograph } from "../report/picture.ts";
import type { ObjectArea, ObjectSegmentation } from "./object_segmentation.ts";

/** The symbol by which Deno's Jupyter kernel asks a value for its picture. */
const display = Symbol.for("Jupyter.display");

/** What one class takes of a picture. */
export interface ClassArea {
  /** The class's place in the model's list. */
  readonly index: number;
  /** The class's name. */
  readonly name: string;
  /** How many pixels have the class. */
  readonly pixels: number;
  /** Of all pixels, from 0 to 1. */
  readonly share: number;
  /** The mean probability of the class in its pixels, from 0 to 1. */
  readonly confidence: number;
}

/** The class of each pixel, and for each class its pixels and the sum of their probabilities. */
export interface Classified {
  readonly labels: LabelMap;
  readonly pixels: Float64Array;
  readonly confidence: Float64Array;
  /** What is kept of each pixel [height, width], from 0 to 1, by name. */
  readonly maps?: Readonly<Record<string, Float32Array>>;
}

/**
 * A picture with the class of each of its pixels, and its objects where a network tells them apart; a notebook
 * shows it as an overlay.
 */
export class Segmentation {
  /** The classes that occur, the largest first. */
  readonly areas: readonly ClassArea[];
  /** The names of all classes by their indices. */
  readonly classes: readonly string[];
  /** The class of each pixel [height, width]. */
  readonly labels: LabelMap;
  /**
   * What is kept of each pixel, from 0 to 1, by name.
   *
   * @internal
   */
  readonly maps: Readonly<Record<string, Float32Array>>;

  /**
   * A picture with what was found in it, in the classes of a model.
   *
   * @internal
   */
  constructor(
    readonly image: Image,
    { labels, pixels, confidence, maps = {} }: Classified,
    private readonly key: ClassKey,
    /** The objects in it; null where the network gives classes alone, or was asked for them alone. */
    readonly objects: ObjectSegmentation | null = null,
  ) {
    this.classes = key.classes;
    this.labels = labels;
    this.maps = maps;
    this.areas = key.classes.map((name, index) => ({
      index,
      name,
      pixels: pixels[index]!,
      share: pixels[index]! / labels.data.length,
      confidence: confidence[index]! / pixels[index]!,
    })).filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  }

  /** The classes' colours over the picture, and a legend; reduced where a side is longer. */
  async overlay(longest = Infinity): Promise<Photograph> {
    const { width, height } = this.labels;
    const factor = Math.min(1, longest / Math.max(width, height));
    const side = (length: number) => Math.max(1, Math.round(length * factor));
    const [w, h] = [side(width), side(height)];
    const whole = { left: 0, top: 0, width: w, height: h, flip: false };
    const window = { scaledWidth: w, scaledHeight: h, ...whole };
    const image = resizeAntialiased(this.image, h, w);
    const labels = factor < 1 ? nearestLabels(this.labels, window) : this.labels;
    const named = this.areas.map(({ index }) => index);
    return await overlayPicture(image, labels, this.key, named);
  }

  /** The label map as a PNG of palette indices: pixel values are the classes' indices. */
  labelPng(): Promise<Uint8Array> {
    return encodeLabels(this.labels, this.key.palette);
  }

  /**
   * The label map as a TIFF of palette indices with fields of a GeoTIFF beside, which say where it is.
   *
   * @internal
   */
  labelTiff(georeference: readonly TiffField[]): Uint8Array {
    return labelTiff(this.labels, this.key.palette, georeference);
  }

  /** A map that is kept as a grey PNG of 16 bits: 65535 is 1. */
  mapPng(name: string): Promise<Uint8Array> {
    return encodeShares(this.maps[name]!, this.labels);
  }

  /**
   * The connected regions of the label map as polygons.
   *
   * @internal
   */
  outlines(outlining: Outlining): readonly Outline[] {
    return outlinesOf(this.labels, outlining);
  }

  /** What is written beside the pictures. */
  toJSON(): {
    width: number;
    height: number;
    classes: readonly ClassArea[];
    objects?: readonly ObjectArea[];
  } {
    const { areas: classes, objects, labels: { width, height } } = this;
    return { width, height, classes, ...objects && { objects: objects.areas } };
  }

  /** At most 1,280 pixels a side: notebooks are committed with their outputs. */
  async [display](): Promise<Record<string, string>> {
    const shown = await (this.objects ?? this).overlay(1280) as unknown as Record<
      typeof display,
      () => Promise<Record<string, string>>
    >;
    return await shown[display]();
  }
}
