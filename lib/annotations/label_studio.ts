import { dirname } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import { type AnnotatedImage, type Annotations, partOf, type Region } from "./annotated.ts";
import { brushPatch } from "./brush.ts";
import { entriesOf } from "./entry_json.ts";
import type { ImageFiles } from "./image_files.ts";
import { ellipse, outlineFault, outlinePatch, rectangle, turned, type Wrong } from "./outline.ts";
import type { Extent } from "./patch.ts";
import type { Polygon } from "./polygon.ts";

const names = z.array(classNameSchema).nullish();
const result = z.object({
  id: z.string().nullish(),
  type: z.string(),
  original_width: z.int().min(1).nullish(),
  original_height: z.int().min(1).nullish(),
  image_rotation: z.number().nullish(),
  value: z.object({
    points: z.array(z.tuple([z.number(), z.number()])).nullish(),
    x: z.number().nullish(),
    y: z.number().nullish(),
    width: z.number().nullish(),
    height: z.number().nullish(),
    radiusX: z.number().nullish(),
    radiusY: z.number().nullish(),
    rotation: z.number().nullish(),
    format: z.string().nullish(),
    rle: z.array(z.int().min(0).max(255)).nullish(),
    polygonlabels: names,
    brushlabels: names,
    rectanglelabels: names,
    ellipselabels: names,
    labels: names,
  }),
});
type Result = z.infer<typeof result>;

/** Label Studio's JSON export; what it has beside is left alone. */
const LabelStudio = z.array(z.object({
  id: z.union([z.int(), z.string()]),
  file_upload: z.string().nullish(),
  data: z.record(z.string(), z.unknown()),
  annotations: z.array(z.object({
    id: z.union([z.int(), z.string()]).nullish(),
    was_cancelled: z.boolean().nullish(),
    ground_truth: z.boolean().nullish(),
    result: z.array(z.unknown()),
  })),
}));
type Task = z.infer<typeof LabelStudio>[number];

/** Results of images without pixels of their own. */
const WITHOUT_AREA = ["keypoint", "keypointlabels", "vector", "vectorlabels"];
const DRAWN = ["polygon", "brush", "rectangle", "ellipse", "magicwand", "bitmask"];

/** Whether a JSON value is of Label Studio's export. */
export function isLabelStudio(value: unknown): boolean {
  const [first] = Array.isArray(value) ? value : [];
  return Array.isArray(first?.annotations) && typeof first.data === "object";
}

/** Whether a JSON value is of Label Studio's smaller export, which lacks what reading needs. */
export function isLabelStudioMin(value: unknown): boolean {
  const [first] = Array.isArray(value) ? value : [];
  return typeof first?.annotator === "number" || typeof first?.annotation_id === "number";
}

/**
 * Reads Label Studio's JSON: polygons, rectangles and ellipses in percent of the image, and brush
 * strokes. Categories are the labels in the order of their names. Of several annotations of a task
 * the one marked as ground truth is read; cancelled ones are not.
 */
export function readLabelStudio(
  file: string,
  value: unknown,
  images: ImageFiles,
): Annotations {
  const tasks = entriesOf(value, LabelStudio, file, "Label Studio's JSON export");
  const faults: Fault[] = [];
  const owners = new Map<string, string>();
  const read = tasks.flatMap((task, index) => {
    const one = readTask(task, index, file, images, faults, owners);
    return one ? [one] : [];
  });
  const names = [...new Set(read.flatMap(({ results }) => results.flatMap(labelOf)))].sort();
  return {
    format: "Label Studio JSON",
    place: file,
    categories: names.map((name) => ({ name })),
    images: read.map((one) => imageOf(one, file, images, names)),
    faults,
  };
}

interface ReadTask {
  readonly entry: string;
  readonly path: string;
  readonly results: readonly Result[];
}

function readTask(
  { id, data, annotations, file_upload }: Task,
  index: number,
  file: string,
  images: ImageFiles,
  faults: Fault[],
  owners: Map<string, string>,
): ReadTask | null {
  const entry = `task ${id}`;
  const fault = (text: string) => void faults.push({ file, entry, text, severity: "error" });
  const given =
    Object.values(data).find((one): one is string =>
      typeof one === "string" && /\.(jpe?g|jfif|png|webp|tiff?|avif|gif)\b/i.test(one)
    ) ?? file_upload;
  if (!given) return fault("no image in its data") ?? null;
  const found = imageOfUrl(given, images, dirname(file));
  if ("wrong" in found) return fault(found.wrong) ?? null;
  if (owners.has(found.path)) return fault(`its image is ${owners.get(found.path)}'s too`) ?? null;
  owners.set(found.path, entry);
  const finished = annotations.filter(({ was_cancelled }) => !was_cancelled);
  if (finished.length === 0) return null; // not annotated yet
  const best = finished.filter(({ ground_truth }) => ground_truth);
  const [one, other] = best.length > 0 ? best : finished;
  if (other !== undefined) {
    fault(`${finished.length} annotations of one image; mark one as ground truth`);
    return null;
  }
  const place = `${file}, task ${index}`;
  const results = one!.result.filter(isRegion)
    .map((entry) => entriesOf(entry, result, place, "a result of Label Studio"));
  return { entry, path: found.path, results };
}

/** Whether a result is a region; others say something of the whole image. */
function isRegion(given: unknown): boolean {
  const { type, value } = Object(given);
  if (typeof type !== "string" || typeof value !== "object") return false;
  return type === "labels" || [...DRAWN, ...WITHOUT_AREA].includes(type.replace(/labels$/, ""));
}

/** The file that a URL means: its name, with or without the signs that an upload was given. */
function imageOfUrl(url: string, images: ImageFiles, near: string) {
  const path = url.match(/[?&]d=([^&]+)/)?.[1] ??
    url.replace(/^\w+:\/\/[^/]*\//, "").replace(/[?#].*$/, "");
  const name = decoded(path);
  const found = images.find(name, near);
  if ("path" in found) return found;
  const bare = images.find(name.replace(/^(.*\/)?[0-9a-f]{8}-/, ""), near);
  return "path" in bare ? bare : found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function labelOf({ value }: Result): readonly string[] {
  const { polygonlabels, brushlabels, rectanglelabels, ellipselabels, labels } = value;
  const lists = [polygonlabels, brushlabels, rectanglelabels, ellipselabels, labels];
  return lists.flatMap((list) => list?.slice(0, 1) ?? []).slice(0, 1);
}

function imageOf(
  { entry, path, results }: ReadTask,
  file: string,
  images: ImageFiles,
  names: readonly string[],
): AnnotatedImage {
  const regions: Region[] = [];
  const faults: Fault[] = [];
  const sized = results.find(({ original_width, original_height }) =>
    original_width && original_height
  );
  const size = sized && { width: sized.original_width!, height: sized.original_height! };
  const labelled = new Set(results.flatMap((one) => labelOf(one).length > 0 ? [one.id] : []));
  results.forEach((one, index) => {
    const [label] = labelOf(one);
    if (label === undefined && labelled.has(one.id)) return; // another entry repeats it with a label
    const found = label === undefined
      ? { severity: "error", text: "a region without a label" } as const
      : patchOf(one, size);
    const at = `${entry}, region ${one.id ?? index}${label === undefined ? "" : ` (${label})`}`;
    const wrong = "text" in found ? found : found.fault;
    if (wrong) faults.push({ file, entry: at, text: wrong.text, severity: wrong.severity });
    if ("text" in found) return;
    regions.push({ category: names.indexOf(label!), level: 0, crowd: false, patch: found.patch });
  });
  const part = partOf(dirname(path.slice(images.root.length)));
  return {
    name: images.nameOf(path),
    file: path,
    source: file,
    part,
    size: size ?? null,
    regions,
    faults,
  };
}

interface Drawable {
  readonly patch: Region["patch"];
  readonly fault: Wrong | null;
}

function patchOf(
  { type, value, image_rotation }: Result,
  size: Extent | undefined,
): Drawable | Wrong {
  const refuse = (text: string): Wrong => ({ severity: "error", text });
  if (WITHOUT_AREA.includes(type)) {
    return {
      severity: "warning",
      text: `a ${type.replace(/labels$/, "")} has no area and is left out`,
    };
  }
  if (!size) return refuse("no original_width and original_height");
  if (image_rotation) return refuse(`an image that was turned by ${image_rotation}° in the tool`);
  const { rle } = value;
  if (rle) {
    const bytes = Uint8Array.from(rle);
    try {
      brushPatch(bytes, size);
    } catch (error) {
      return refuse((error as Error).message);
    }
    return { patch: (size) => brushPatch(bytes, size), fault: null };
  }
  const outline = outlineOf(value, size);
  if (outline === null) return refuse(`a region of the type ${type} without its numbers`);
  const fault = outlineFault(outline, size);
  return fault?.severity === "error" ? fault : { patch: outlinePatch([outline]), fault };
}

/** A region's outline in pixels; a rectangle turns around its left upper corner. */
function outlineOf(value: Result["value"], { width, height }: Extent): Polygon | null {
  const [columns, rows] = [width / 100, height / 100];
  const { points, x, y, radiusX, radiusY, rotation } = value;
  if (points) return points.flatMap(([x, y]) => [x * columns, y * rows]);
  if (typeof x !== "number" || typeof y !== "number") return null;
  const [left, top] = [x * columns, y * rows];
  if (radiusX && radiusY) {
    return ellipse(left, top, radiusX * columns, radiusY * rows, rotation ?? 0);
  }
  if (!value.width || !value.height) return null;
  const box = rectangle(left, top, left + value.width * columns, top + value.height * rows);
  return turned(box, [left, top], rotation ?? 0);
}
