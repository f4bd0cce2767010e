import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import { IMAGE_FILE } from "../data/named_files.ts";
import { isFolder } from "../files.ts";
import { listFiles } from "../listing.ts";
import { readText } from "../text_file.ts";
import { excerpt, firstOf } from "../words.ts";
import type { AnnotatedImage, Annotations, Part, Region } from "./annotated.ts";
import { entriesOf } from "./entry_json.ts";
import { ImageFiles } from "./image_files.ts";
import { outlineFault, outlinePatch } from "./outline.ts";

const places = z.union([z.string().min(1), z.array(z.string().min(1))]).nullish();

/** Ultralytics' data.yaml; what it has beside is left alone. */
const DataYaml = z.object({
  path: z.string().nullish(),
  train: places,
  val: places,
  test: places,
  names: z.union([
    z.array(classNameSchema),
    z.record(z.string().regex(/^\d+$/), classNameSchema),
  ]),
});
type DataYaml = z.infer<typeof DataYaml>;

/** Whether a text is one of Ultralytics' data files. */
export function isDataYaml(text: string): boolean {
  return /^names\s*:/m.test(text) && /^(train|val)\s*:/m.test(text);
}

/**
 * Reads a data set for YOLO segmentation: images by the folders or lists of its data.yaml, with a text
 * in `labels` for each image in `images`, of one polygon a line: a class and corners from 0 to 1. An
 * image without a text is background.
 */
export async function readYolo(file: string): Promise<Annotations> {
  const needs = "Ultralytics' YAML with names, train and val";
  const yaml = entriesOf(await yamlOf(file), DataYaml, file, needs);
  const names = namesOf(yaml, file);
  const root = await rootOf(file, yaml);
  const images = await ImageFiles.below(root);
  const owners = new Map<string, Part>();
  const found: AnnotatedImage[] = [];
  const faults: Fault[] = [];
  for (const part of ["train", "val", "test"] as const) {
    for (const given of [yaml[part] ?? []].flat()) {
      for (const image of await imagesOf(given, root, file, images, faults)) {
        if (owners.get(image) === part) continue;
        const owner = owners.get(image);
        if (owner !== undefined) {
          const text = `${relative(root, image)} stands in ${owner} and ${part}`;
          faults.push({ file, entry: part, text, severity: "error" });
          continue;
        }
        owners.set(image, part);
        const labels = labelsOf(image);
        const drawn = existsSync(labels) ? await readLabels(labels, names.length) : NOTHING_DRAWN;
        const source = drawn === NOTHING_DRAWN ? file : labels;
        found.push({ name: images.nameOf(image), file: image, source, part, size: null, ...drawn });
      }
    }
  }
  const categories = names.map((name) => ({ name }));
  return { format: "YOLO segmentation", place: file, categories, images: found, faults };
}

const NOTHING_DRAWN = { regions: [], faults: [] };

async function yamlOf(file: string): Promise<unknown> {
  try {
    return parse(await readText(file));
  } catch (cause) {
    const got = excerpt((cause as Error).message.split("\n")[0]!);
    throw new SyntaxError(`Cannot read ${file}: it needs to be YAML, got ${got}`, { cause });
  }
}

/** Class names by their numbers, which must be 0, 1, 2 and on. */
function namesOf({ names }: DataYaml, file: string): readonly string[] {
  if (Array.isArray(names)) return names;
  const list = Array.from({ length: Object.keys(names).length }, (_, i) => names[i]);
  if (!list.includes(undefined)) return list as string[];
  throw new SyntaxError(
    `Cannot read ${file}: it needs names for the classes 0 to ${list.length - 1}, got ` +
      firstOf(Object.keys(names)),
  );
}

/** The folder that `path` says, as seen from the file, or the file's own where that is not there. */
async function rootOf(file: string, { path }: DataYaml): Promise<string> {
  const own = dirname(file);
  const said = path ? resolve(own, path) : own;
  return await isFolder(said) ? said : own;
}

/** The images of a folder or a list; what Roboflow writes as ../train/images is train/images. */
async function imagesOf(
  given: string,
  root: string,
  file: string,
  images: ImageFiles,
  faults: Fault[],
): Promise<readonly string[]> {
  const below = given.replace(/^(\.\.?\/)+/, "");
  const tried = isAbsolute(given) ? [given] : [join(root, given), join(root, below)];
  tried.push(join(dirname(file), below));
  const place = tried.find(existsSync);
  if (place === undefined) {
    throw new RangeError(
      `Cannot read ${file}: it needs folders or lists of images that are there, got "${
        excerpt(given)
      }", which ` +
        `is not in ${root}`,
    );
  }
  if (await isFolder(place)) {
    const files = await listFiles(place, { recursive: true });
    return files.filter((image) => IMAGE_FILE.test(image)).map((image) => join(place, image));
  }
  const lines = (await readText(place)).split("\n").map((line) => line.trim()).filter((l) => l);
  return lines.flatMap((line, index) => {
    const found = images.find(line, dirname(place));
    if ("path" in found) return [found.path];
    faults.push({ file: place, entry: `line ${index + 1}`, text: found.wrong, severity: "error" });
    return [];
  });
}

/** An image's text: in `labels` for the last `images` of its path, or else beside it. */
function labelsOf(image: string): string {
  const parts = image.replace(IMAGE_FILE, ".txt").split(sep);
  const at = parts.lastIndexOf("images", parts.length - 2);
  return at < 0 ? parts.join(sep) : parts.with(at, "labels").join(sep);
}

/** The image of which outlines are parts, from 0 to 1. */
const WHOLE = { width: 1, height: 1 };

async function readLabels(file: string, classes: number) {
  const regions: Region[] = [];
  const faults: Fault[] = [];
  const lines = (await readText(file)).split("\n");
  lines.forEach((line, index) => {
    const numbers = line.trim().split(/\s+/).filter((word) => word !== "").map(Number);
    if (numbers.length === 0) return;
    const [category, ...outline] = numbers;
    const wrong = lineFault(category!, outline, classes);
    if (wrong) faults.push({ file, entry: `line ${index + 1}`, ...wrong });
    if (wrong?.severity === "error") return;
    const patch = outlinePatch([outline], ({ width, height }) => [width, height]);
    regions.push({ category: category!, level: 0, crowd: false, patch });
  });
  return { regions, faults };
}

function lineFault(category: number, outline: readonly number[], classes: number) {
  const refuse = (text: string) => ({ text, severity: "error" }) as const;
  if (![category, ...outline].every(Number.isFinite)) return refuse("something else than numbers");
  if (!Number.isInteger(category) || category < 0 || category >= classes) {
    return refuse(`class ${category}, where data.yaml names 0 to ${classes - 1}`);
  }
  if (outline.length === 4) return refuse("a box, and no outline");
  const fault = outlineFault(outline, WHOLE);
  return fault &&
    { ...fault, text: fault.text.replace(/the 1×1 pixels of the image/, "the image") };
}
