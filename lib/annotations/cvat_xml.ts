import { XMLParser, XMLValidator } from "fast-xml-parser";
import { dirname } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import type { Colour } from "../images/image.ts";
import { readText } from "../text_file.ts";
import { excerpt } from "../words.ts";
import {
  type AnnotatedImage,
  type Annotations,
  type Category,
  partOf,
  type Region,
} from "./annotated.ts";
import { entriesOf } from "./entry_json.ts";
import type { ImageFiles } from "./image_files.ts";
import { ellipse, outlineFault, outlinePatch, rectangle, type Wrong } from "./outline.ts";
import type { Extent } from "./patch.ts";
import type { Polygon } from "./polygon.ts";
import { rowPatch, runFault } from "./run_lengths.ts";

/** Shapes with an area, and those without. */
const DRAWN = ["polygon", "box", "ellipse", "mask"] as const;
const WITHOUT_AREA = ["polyline", "points", "cuboid", "skeleton"] as const;

const number = z.string().regex(/^\s*-?\d+(\.\d+)?(e-?\d+)?\s*$/i, { error: "needs a number" })
  .transform(Number);
const shape = z.object({
  label: z.string(),
  z_order: number.default(0),
  group_id: z.string().optional(),
  points: z.string().optional(),
  xtl: number.optional(),
  ytl: number.optional(),
  xbr: number.optional(),
  ybr: number.optional(),
  cx: number.optional(),
  cy: number.optional(),
  rx: number.optional(),
  ry: number.optional(),
  rotation: number.default(0),
  rle: z.string().optional(),
  left: number.optional(),
  top: number.optional(),
  width: number.optional(),
  height: number.optional(),
});
type CvatShape = z.infer<typeof shape>;
const shapes = z.array(shape).default([]);
const others = z.array(z.unknown()).default([]);

const label = z.object({ name: classNameSchema, color: z.string().optional() });
const owner = z.object({
  labels: z.object({ label: z.array(label).default([]) }).or(z.literal("")).optional(),
}).optional();

/** CVAT for images 1.1, as docs.cvat.ai says; what it has beside is left alone. */
const Cvat = z.object({
  annotations: z.object({
    meta: z.object({ task: owner, job: owner, project: owner }).or(z.literal("")).optional(),
    image: z.array(z.object({
      name: z.string().min(1),
      width: number,
      height: number,
      subset: z.string().optional(),
      polygon: shapes,
      box: shapes,
      ellipse: shapes,
      mask: shapes,
      polyline: others,
      points: others,
      cuboid: others,
      skeleton: others,
    })).default([]),
  }),
});
type CvatImage = z.infer<typeof Cvat>["annotations"]["image"][number];

const LISTS = ["image", "label", ...DRAWN, ...WITHOUT_AREA] as readonly string[];
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  parseTagValue: false,
  htmlEntities: true,
  isArray: (name, _path, _leaf, isAttribute) => !isAttribute && LISTS.includes(name),
});

/** Whether the first signs of a text are those of CVAT's XML for images. */
export function isCvatXml(text: string): boolean {
  return /<annotations[\s>]/.test(text.slice(0, 4000));
}

/**
 * Reads files of CVAT for images 1.1. Polygons, boxes, ellipses and masks are drawn, by CVAT's z_order
 * first; polylines, points, cuboids and skeletons are left out with a warning.
 */
export async function readCvatXml(
  files: readonly string[],
  place: string,
  images: ImageFiles,
): Promise<Annotations> {
  const read = [];
  for (const file of files) read.push({ file, ...await readFile(file) });
  const labels = read.flatMap(({ labels }) => labels);
  const used = read.flatMap(({ images }) =>
    images.flatMap((image) => DRAWN.flatMap((kind) => image[kind].map(({ label }) => label)))
  ).sort();
  const named = [...labels, ...labels.length > 0 ? [] : used.map((name): Category => ({ name }))];
  const categories = [...new Map(named.toReversed().map((one) => [one.name, one])).values()]
    .reverse();
  const owners = new Map<string, string>();
  const faults: Fault[] = [];
  const found: AnnotatedImage[] = [];
  for (const { file, images: entries } of read) {
    for (const entry of entries) {
      const part = partOf(entry.subset ?? "");
      const image = images.find(entry.name, dirname(file), part);
      const fault = (text: string) =>
        void faults.push({ file, entry: `image ${entry.name}`, text, severity: "error" });
      if ("wrong" in image) fault(image.wrong);
      else if (owners.has(image.path)) {
        const owner = owners.get(image.path);
        fault(owner === file ? "the image is listed twice" : `the image is in ${owner} too`);
      } else {
        owners.set(image.path, file);
        const size = { width: entry.width, height: entry.height };
        const drawn = regionsOf(entry, size, categories, file);
        const name = images.nameOf(image.path);
        found.push({ name, file: image.path, source: file, part, size, ...drawn });
      }
    }
  }
  return { format: "CVAT for images (XML 1.1)", place, categories, images: found, faults };
}

async function readFile(file: string) {
  const text = await readText(file);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new SyntaxError(
      `Cannot read ${file}: it needs to be XML, got in line ${valid.err.line} ` +
        excerpt(valid.err.msg),
    );
  }
  const { annotations } = entriesOf(parsed(text, file), Cvat, file, "CVAT's XML 1.1 for images");
  const { task, job, project } = annotations.meta || {};
  const owners = [job, task, project].map((owner) => owner?.labels || { label: [] });
  const labels = owners.find(({ label }) => label.length > 0)?.label ?? [];
  return {
    images: annotations.image,
    labels: labels.map(({ name, color }): Category => ({ name, colour: colourOf(color) })),
  };
}

function parsed(text: string, file: string): unknown {
  try {
    return parser.parse(text);
  } catch (cause) {
    const got = excerpt((cause as Error).message);
    throw new SyntaxError(`Cannot read ${file}: it needs to be XML, got ${got}`, { cause });
  }
}

/** A colour written as #rrggbb. */
function colourOf(text: string | undefined): Colour | undefined {
  const digits = text?.match(/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i);
  if (!digits) return undefined;
  return [parseInt(digits[1]!, 16), parseInt(digits[2]!, 16), parseInt(digits[3]!, 16)];
}

function regionsOf(
  image: CvatImage,
  size: Extent,
  categories: readonly Category[],
  file: string,
) {
  const regions: Region[] = [];
  const faults: Fault[] = [];
  const say = (entry: string, wrong: Wrong) => void faults.push({ file, entry, ...wrong });
  for (const kind of DRAWN) {
    image[kind].forEach((shape, index) => {
      const entry = `${kind} ${index + 1} (${shape.label}) of ${image.name}`;
      const category = categories.findIndex(({ name }) => name === shape.label);
      const found = category < 0
        ? { severity: "error", text: `no label is called ${shape.label}` } as const
        : patchOf(kind, shape, size);
      if ("text" in found) say(entry, found);
      else {
        if (found.fault) say(entry, found.fault);
        const { z_order: level, group_id: group } = shape;
        regions.push({ category, level, crowd: false, group, patch: found.patch });
      }
    });
  }
  for (const kind of WITHOUT_AREA) {
    const { length } = image[kind];
    const text = "they have no area and are left out";
    if (length > 0) say(`${length} × ${kind} of ${image.name}`, { severity: "warning", text });
  }
  return { regions, faults };
}

interface Drawable {
  readonly patch: Region["patch"];
  readonly fault: Wrong | null;
}

function patchOf(kind: typeof DRAWN[number], shape: CvatShape, size: Extent): Drawable | Wrong {
  const outline = outlineOf(kind, shape);
  if (outline !== null) {
    const fault = outlineFault(outline, size);
    return fault?.severity === "error" ? fault : { patch: outlinePatch([outline]), fault };
  }
  const { rle, left, top, width, height } = shape;
  const numbers = [left, top, width, height];
  if (kind !== "mask" || rle === undefined || numbers.includes(undefined)) {
    return { severity: "error", text: `a ${kind} without its numbers` };
  }
  const runs = rle.split(",").map(Number);
  const box = { left: left!, top: top!, width: width!, height: height! };
  const wrong = box.width * box.height > size.width * size.height
    ? `a mask of ${width}×${height} pixels on an image of ${size.width}×${size.height}`
    : runFault(runs, box);
  if (wrong !== null) return { severity: "error", text: wrong };
  return { patch: () => rowPatch(runs, box), fault: null };
}

function outlineOf(kind: typeof DRAWN[number], shape: CvatShape): Polygon | null {
  const { points, xtl, ytl, xbr, ybr, cx, cy, rx, ry, rotation } = shape;
  if (kind === "polygon" && points !== undefined) {
    const numbers = points.split(/[;,]/).map(Number);
    return numbers.every(Number.isFinite) ? numbers : [];
  }
  const box = [xtl, ytl, xbr, ybr].filter((value) => value !== undefined);
  if (kind === "box" && box.length === 4) {
    return rectangle(box[0]!, box[1]!, box[2]!, box[3]!, rotation);
  }
  const oval = [cx, cy, rx, ry].filter((value) => value !== undefined);
  if (kind === "ellipse" && oval.length === 4) {
    return ellipse(oval[0]!, oval[1]!, oval[2]!, oval[3]!, rotation);
  }
  return null;
}
