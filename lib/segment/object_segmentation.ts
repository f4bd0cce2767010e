import { panopticPng } from "../annotations/written_objects.ts";
import { resizeAntialiased } from "../images/antialiased.ts";
import type { Image } from "../images/image.ts";
import { type Instance, instancesOf } from "../images/instances.ts";
import { nearestObjects } from "../images/object_windows.ts";
import { areasOf, type ObjectKey, type Objects } from "../images/objects.ts";
import { objectsPicture } from "../report/objects_picture.ts";
import type { Photograph } from "../report/picture.ts";

/** The symbol by which Deno's Jupyter kernel asks a value for its picture. */
const display = Symbol.for("Jupyter.display");

/** What one object takes of a picture. */
export interface ObjectArea {
  /** Its id, which the picture and the PNG of ids have. */
  readonly id: number;
  /** The class's place in the model's list. */
  readonly index: number;
  /** The class's name. */
  readonly name: string;
  /** Whether it is a thing; else it is all of its stuff. */
  readonly thing: boolean;
  /** How many pixels it has. */
  readonly pixels: number;
  /** Of all pixels, from 0 to 1. */
  readonly share: number;
  /** How sure the network is, from 0 to 1; null where it does not say. */
  readonly score: number | null;
}

/** A picture with the objects that were found in it; a notebook shows it with outlines and names. */
export class ObjectSegmentation {
  /** The objects, the largest first. */
  readonly areas: readonly ObjectArea[];

  /**
   * A picture [h, w, 3] with what was found in it, in the classes of a model: objects, none over another, and
   * the things as instances, which may have pixels in common (the objects' if not given).
   *
   * @internal
   */
  constructor(
    readonly image: Image,
    readonly objects: Objects,
    private readonly key: ObjectKey,
    readonly instances: readonly Instance[] = instancesOf(objects, key.things),
  ) {
    const areas = areasOf(objects);
    this.areas = objects.segments.filter(({ id }) => areas.has(id))
      .map(({ id, class: index, score }): ObjectArea => ({
        id,
        index,
        name: key.classes[index]!,
        thing: key.things[index]!,
        pixels: areas.get(id)!,
        share: areas.get(id)! / objects.data.length,
        score: score ?? null,
      })).sort((a, b) => b.pixels - a.pixels);
  }

  /** The objects over the picture, with a legend; reduced where a side is longer. */
  async overlay(longest = Infinity): Promise<Photograph> {
    const { width, height } = this.image;
    const factor = Math.min(1, longest / Math.max(width, height));
    const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * factor))) as [
      number,
      number,
    ];
    const window = { scaledWidth: w, scaledHeight: h, left: 0, top: 0, width: w, height: h };
    const objects = nearestObjects(this.objects, { ...window, flip: false });
    return await objectsPicture(resizeAntialiased(this.image, h, w), objects, this.key);
  }

  /** The ids as COCO's panoptic PNG: red + 256 green + 65536 blue, black where there is no object. */
  idPng(): Promise<Uint8Array> {
    return panopticPng(this.objects);
  }

  /** What is written beside the pictures. */
  toJSON(): { width: number; height: number; objects: readonly ObjectArea[] } {
    const { width, height } = this.image;
    return { width, height, objects: this.areas };
  }

  /** At most 1,280 pixels a side: notebooks are committed with their outputs. */
  async [display](): Promise<Record<string, string>> {
    const shown = await this.overlay(1280) as unknown as Record<
      typeof display,
      () => Promise<Record<string, string>>
    >;
    return await shown[display]();
  }
}
