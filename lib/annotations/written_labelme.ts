import type { Extent } from "./patch.ts";
import type { Outline } from "./outlines.ts";
import { annotated } from "./written_coco.ts";

/** The version of labelme whose form `labelmeEntries` has. */
const VERSION = "5.5.0";

/**
 * The entries of labelme's JSON of an image (labelme/label_file.py), a polygon for each region, with holes
 * by slits. `imagePath` is relative to the JSON's folder. A class called background has no shapes: it is
 * what they leave.
 */
export function labelmeEntries(
  outlines: readonly Outline[],
  classes: readonly string[],
  imagePath: string,
  { width, height }: Extent,
) {
  return {
    version: VERSION,
    flags: {},
    shapes: annotated(outlines, classes).map(({ label, polygon }) => ({
      label: classes[label]!,
      points: pairs(polygon),
      group_id: null,
      description: "",
      shape_type: "polygon",
      flags: {},
      mask: null,
    })),
    imagePath,
    imageData: null,
    imageHeight: height,
    imageWidth: width,
  };
}

function pairs(polygon: readonly number[]): [number, number][] {
  return Array.from(
    { length: polygon.length / 2 },
    (_, i) => [polygon[2 * i]!, polygon[2 * i + 1]!],
  );
}
