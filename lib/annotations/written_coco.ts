import type { ClassKey } from "../images/image.ts";
import { isBackground } from "../images/voc_colour.ts";
import type { Outline } from "./outlines.ts";

/** An entry of the images of COCO's format. */
export interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

/**
 * The categories of COCO's format: ids count from 1, as in COCO's own files. A first class called background is
 * none, as it was none where a tool's annotations were learned from: readers put it there.
 */
export function cocoCategories({ classes, palette }: ClassKey) {
  const first = firstCategory(classes);
  return classes.slice(first).map((name, i) => ({
    id: i + 1,
    name,
    supercategory: "",
    color: palette[first + i],
  }));
}

function firstCategory(classes: readonly string[]): number {
  return isBackground(classes[0]!) ? 1 : 0;
}

/**
 * The outlines of an image as annotations of COCO's format with ids from `firstId` on, a region each, with
 * holes by slits, since the polygons of an annotation are united. A class called background has no
 * annotations: it is what they leave.
 */
export function cocoAnnotations(
  outlines: readonly Outline[],
  { classes }: ClassKey,
  imageId: number,
  firstId: number,
) {
  return annotated(outlines, classes).map(({ label, area, outer, polygon }, i) => {
    const [xs, ys] = [outer.map(([x]) => x), outer.map(([, y]) => y)];
    const [left, top] = [least(xs), least(ys)];
    return {
      id: firstId + i,
      image_id: imageId,
      category_id: label + 1 - firstCategory(classes),
      segmentation: [polygon],
      area,
      bbox: [left, top, -least(xs.map((x) => -x)) - left, -least(ys.map((y) => -y)) - top],
      iscrowd: 0,
    };
  });
}

/** The outlines of classes that a tool's annotations are of: not of the background. */
export function annotated(
  outlines: readonly Outline[],
  classes: readonly string[],
): readonly Outline[] {
  return outlines.filter(({ label }) => label < classes.length && !isBackground(classes[label]!));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}
