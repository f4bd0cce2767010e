import { Buffer } from "node:buffer";
import { dirname, relative } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import { decodeGreyBytes } from "../images/decode_bytes.ts";
import { pngHeader } from "../images/png.ts";
import { type AnnotatedImage, type Annotations, partOf, type Region } from "./annotated.ts";
import { entriesOf, jsonOf } from "./entry_json.ts";
import type { ImageFiles } from "./image_files.ts";
import { ellipse, outlineFault, outlinePatch, rectangle, type Wrong } from "./outline.ts";
import type { Extent, Patch } from "./patch.ts";
import type { Polygon } from "./polygon.ts";

const point = z.tuple([z.number(), z.number()]);

/** A file of labelme, versions 3 to 5 (labelme/label_file.py); what it has beside is left alone. */
const Labelme = z.object({
  imagePath: z.string().min(1),
  imageWidth: z.int().min(1).nullish(),
  imageHeight: z.int().min(1).nullish(),
  shapes: z.array(z.object({
    label: classNameSchema,
    points: z.array(point),
    shape_type: z.string().nullish(),
    mask: z.string().nullish(),
    group_id: z.union([z.number(), z.string()]).nullish().catch(null),
  })),
});
type Labelme = z.infer<typeof Labelme>;
type LabelmeShape = Labelme["shapes"][number];

/** Shapes without an area: they mark things, and no pixels. */
const WITHOUT_AREA = ["point", "points", "line", "linestrip"];

/** Whether a JSON value is of labelme's format. */
export function isLabelme(value: unknown): boolean {
  const { shapes, imagePath } = Object(value);
  return Array.isArray(shapes) && typeof imagePath === "string";
}

/**
 * Reads files of labelme, one for each image. Categories are the labels in the order of their names;
 * polygons, rectangles, circles and masks are drawn, points and lines are left out with a warning.
 */
export async function readLabelme(
  files: readonly string[],
  place: string,
  images: ImageFiles,
): Promise<Annotations> {
  const read: { file: string; json: Labelme }[] = [];
  const faults: Fault[] = [];
  for (const file of files) {
    const value = await jsonOf(file);
    if (!isLabelme(value)) continue;
    read.push({ file, json: entriesOf(value, Labelme, file, "labelme's JSON of an image") });
  }
  const names = [...new Set(read.flatMap(({ json }) => json.shapes.map(({ label }) => label)))];
  names.sort();
  const owners = new Map<string, string>();
  const found: AnnotatedImage[] = [];
  for (const { file, json } of read) {
    const image = images.find(
      json.imagePath,
      dirname(file),
      partOf(dirname(relative(images.root, file))),
    );
    const fault = (text: string) =>
      void faults.push({ file, entry: `imagePath ${json.imagePath}`, text, severity: "error" });
    if ("wrong" in image) fault(image.wrong);
    else if (owners.has(image.path)) fault(`the image is in ${owners.get(image.path)} too`);
    else {
      owners.set(image.path, file);
      found.push(imageOf(file, json, image.path, images, names));
    }
  }
  const categories = names.map((name) => ({ name }));
  return { format: "labelme JSON", place, categories, images: found, faults };
}

function imageOf(
  source: string,
  { imageWidth: width, imageHeight: height, shapes }: Labelme,
  file: string,
  images: ImageFiles,
  names: readonly string[],
): AnnotatedImage {
  const size = width && height ? { width, height } : null;
  const regions: Region[] = [];
  const faults: Fault[] = [];
  shapes.forEach((shape, index) => {
    const found = patchOf(shape, size, source);
    const entry = `shape ${index} (${shape.label})`;
    if ("text" in found) faults.push({ file: source, entry, ...found });
    else {
      if (found.fault) faults.push({ file: source, entry, ...found.fault });
      const category = names.indexOf(shape.label);
      const group = shape.group_id ?? undefined;
      regions.push({ category, level: 0, crowd: false, group, patch: found.patch });
    }
  });
  const part = partOf(dirname(relative(images.root, file)));
  return { name: images.nameOf(file), file, source, part, size, regions, faults };
}

interface Drawable {
  readonly patch: Region["patch"];
  readonly fault: Wrong | null;
}

function patchOf(shape: LabelmeShape, size: Extent | null, source: string): Drawable | Wrong {
  const type = shape.shape_type ?? "polygon";
  const { points } = shape;
  if (WITHOUT_AREA.includes(type)) {
    return { severity: "warning", text: `a ${type} has no area and is left out` };
  }
  const outline = outlineOf(type, points);
  if (outline !== null) return outlined(outline, size);
  const [corner, opposite] = points;
  if (type === "mask" && shape.mask && points.length === 2) {
    const [left, top, right, bottom] = [...corner!, ...opposite!].map(Math.round);
    const box = { left: left!, top: top!, width: right! - left! + 1, height: bottom! - top! + 1 };
    return masked(shape.mask, box, source);
  }
  const known = ["polygon", "rectangle", "circle", "mask"].includes(type);
  return {
    severity: "error",
    text: known ? `a ${type} of ${points.length} points` : `a shape of the unknown type ${type}`,
  };
}

/** The outline of a shape that has one, of as many points as its type needs. */
function outlineOf(type: string, points: LabelmeShape["points"]): Polygon | null {
  if (type === "polygon" || type === "oriented_rectangle") return points.flat();
  if (type === "rectangle" && points.length === 4) return points.flat(); // from labelme 5.5 on
  if (points.length !== 2) return null;
  const [[x0, y0], [x1, y1]] = points as [[number, number], [number, number]];
  if (type === "circle") {
    const radius = Math.hypot(x1 - x0, y1 - y0); // the second point lies on the circle
    return ellipse(x0, y0, radius, radius);
  }
  return type === "rectangle" ? rectangle(x0, y0, x1, y1) : null;
}

function outlined(outline: Polygon, size: Extent | null): Drawable | Wrong {
  const fault = size === null ? null : outlineFault(outline, size);
  return fault?.severity === "error" ? fault : { patch: outlinePatch([outline]), fault };
}

/** A mask is a PNG in base64 of the box between its two points, whose pixels both are of it. */
function masked(base64: string, box: Omit<Patch, "bits">, source: string): Drawable | Wrong {
  const header = pngHeader(Buffer.from(base64.slice(0, 64), "base64"));
  const refuse = (text: string): Wrong => ({ severity: "error", text });
  if (!header) return refuse("a mask that is no PNG");
  if (header.width !== box.width || header.height !== box.height) {
    const points = `${box.width}×${box.height} pixels between its points`;
    return refuse(`a mask of ${header.width}×${header.height} pixels for ${points}`);
  }
  const patch = async (): Promise<Patch> => {
    const { data } = await decodeGreyBytes(base64, source);
    return { ...box, bits: data.map((value) => value > 0 ? 1 : 0) };
  };
  return { patch, fault: null };
}
