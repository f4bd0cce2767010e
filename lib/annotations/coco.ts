import { basename, dirname } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import { type Colour, colourSchema } from "../images/image.ts";
import { excerpt, listed } from "../words.ts";
import { type AnnotatedImage, type Annotations, partOf, type Region } from "./annotated.ts";
import { cocoFlag, cocoId, cocoImage } from "./coco_parts.ts";
import { entriesOf } from "./entry_json.ts";
import type { ImageFiles } from "./image_files.ts";
import { outlineFault, outlinePatch, type Wrong } from "./outline.ts";
import type { Extent } from "./patch.ts";
import { columnPatch, compressedRuns, runFault } from "./run_lengths.ts";

const runs = z.object({
  size: z.tuple([z.int().min(0), z.int().min(0)]),
  counts: z.union([z.string(), z.array(z.number())]),
});

/** COCO's format for objects, as cocodataset.org/#format-data says; what it has beside is left alone. */
const Coco = z.object({
  images: z.array(cocoImage),
  annotations: z.array(z.object({
    id: cocoId.optional(),
    image_id: cocoId,
    category_id: cocoId,
    segmentation: z.union([z.array(z.array(z.number())), runs]).nullish(),
    iscrowd: cocoFlag.nullish(),
  })),
  categories: z.array(z.object({
    id: cocoId,
    name: classNameSchema,
    supercategory: z.string().nullish(),
    color: colourSchema.optional().catch(undefined),
    isthing: cocoFlag.optional().catch(undefined),
  })),
});
type Coco = z.infer<typeof Coco>;
type Entry = Coco["annotations"][number];

/** Whether a JSON value is of COCO's format. */
export function isCoco(value: unknown): boolean {
  const { images, categories, annotations } = Object(value);
  return Array.isArray(images) && Array.isArray(categories) && Array.isArray(annotations);
}

/** Reads files of COCO's format; each belongs to the part that its name or its folder says. */
export function readCoco(
  files: readonly { readonly file: string; readonly value: unknown }[],
  place: string,
  images: ImageFiles,
): Annotations {
  const needs = "COCO's JSON with images, annotations and categories";
  const read = files.map(({ file, value }): CocoFile => ({
    file,
    ...entriesOf(value, Coco, file, needs),
  }));
  const categories = categoriesOf(read);
  const owners = new Map<string, string>();
  const found = read.map((one) => imagesOf(one, categories, images, owners));
  return {
    format: "COCO JSON",
    place,
    categories: categories.map(({ name, colour, thing }) => ({ name, colour, thing })),
    images: found.flatMap(({ annotated }) => annotated),
    faults: found.flatMap(({ faults }) => faults),
  };
}

interface CocoFile extends Coco {
  readonly file: string;
}

interface CocoCategory {
  readonly id: string | number;
  readonly name: string;
  readonly colour: Colour | undefined;
  /** Whether it is of things, where the file says it. */
  readonly thing: boolean | undefined;
}

/**
 * The categories by their ids, called the same in all files. Roboflow's first one, after which the others'
 * supercategory is called and which nothing is of, is none.
 */
function categoriesOf(files: readonly CocoFile[]): readonly CocoCategory[] {
  const used = new Set(
    files.flatMap(({ annotations }) => annotations.map((one) => one.category_id)),
  );
  const above = new Set(files.flatMap(({ categories }) => categories.map((c) => c.supercategory)));
  const lists = files.map(({ file, categories }) => ({
    file,
    categories: categories
      .filter(({ id, name, supercategory }) =>
        used.has(id) || !above.has(name) || supercategory !== "none"
      )
      .map(({ id, name, color, isthing }): CocoCategory => {
        return { id, name, colour: color, thing: isthing === undefined ? isthing : !!isthing };
      })
      .sort((a, b) => Number(a.id) - Number(b.id) || 0),
  }));
  const [first, ...others] = lists;
  const text = ({ categories }: { categories: readonly CocoCategory[] }) =>
    listed(categories, ({ id, name }) => `${id} ${name}`);
  const whole = ({ categories }: { categories: readonly CocoCategory[] }) =>
    JSON.stringify(categories.map(({ name }) => name).sort());
  const other = others.find((list) => whole(list) !== whole(first!));
  const twice = first!.categories.find(({ id, name }, i, all) =>
    all.findIndex((one) => one.id === id || one.name === name) !== i
  );
  if (other === undefined && twice === undefined) return first!.categories;
  throw new RangeError(
    other
      ? `Cannot use ${other.file}: the categories of ${first!.file} needed (${
        text(first!)
      }), got ` +
        `${text(other)}; give all files the same names, or read each file as data of its own`
      : `Cannot use ${first!.file}: another id and name for each category needed, got ` +
        `"${excerpt(twice!.name)}" (${excerpt(`${twice!.id}`)}) twice`,
  );
}

function imagesOf(
  { file, images, annotations, categories: own }: CocoFile,
  categories: readonly CocoCategory[],
  files: ImageFiles,
  owners: Map<string, string>,
) {
  const part = partOf(basename(file)) ?? partOf(basename(dirname(file)));
  const places = new Map(categories.map(({ name }, index) => [name, index]));
  const indices = new Map(own.flatMap(({ id, name }) => {
    const index = places.get(name);
    return index === undefined ? [] : [[id, index] as const];
  }));
  const byImage = Map.groupBy(annotations, ({ image_id }) => image_id);
  const annotated: AnnotatedImage[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string | number>();
  const fault = (entry: string, text: string) =>
    void faults.push({ file, entry, text, severity: "error" });
  for (const { id, file_name, width, height } of images) {
    const entry = `image ${id} (${file_name})`;
    const found = files.find(file_name, dirname(file), part);
    if (seen.has(id)) fault(entry, `its id is another image's`);
    else if ("wrong" in found) fault(entry, found.wrong);
    else if (owners.has(found.path)) {
      const owner = owners.get(found.path);
      fault(entry, owner === file ? "the image is listed twice" : `the image is in ${owner} too`);
    } else {
      owners.set(found.path, file);
      const name = files.nameOf(found.path);
      const size = { width, height };
      const drawn = regionsOf(byImage.get(id) ?? [], size, indices, file, file_name);
      annotated.push({ name, file: found.path, source: file, part, size, ...drawn });
    }
    seen.add(id);
  }
  for (const [id, entries] of byImage) {
    if (seen.has(id)) continue;
    for (const entry of entries) fault(entryName(entry), `no image has the id ${id}`);
  }
  return { annotated, faults };
}

function regionsOf(
  entries: readonly Entry[],
  size: Extent,
  indices: ReadonlyMap<string | number, number>,
  file: string,
  image: string,
) {
  const regions: Region[] = [];
  const faults: Fault[] = [];
  for (const entry of entries) {
    const category = indices.get(entry.category_id);
    const wrong: Wrong[] = [];
    if (category === undefined) {
      wrong.push({ severity: "error", text: `no category has the id ${entry.category_id}` });
    } else {
      const patch = patchOf(entry, size, wrong);
      if (patch) regions.push({ category, level: 0, crowd: Boolean(entry.iscrowd), patch });
    }
    for (const one of wrong) {
      faults.push({ file, entry: `${entryName(entry)} of ${image}`, ...one });
    }
  }
  return { regions, faults };
}

function entryName({ id }: Entry): string {
  return id === undefined ? "an annotation without id" : `annotation ${id}`;
}

/** How an annotation is drawn, null where it cannot be; what is wrong is added to `wrong`. */
function patchOf({ segmentation }: Entry, size: Extent, wrong: Wrong[]): Region["patch"] | null {
  const refuse = (text: string) => {
    wrong.push({ severity: "error", text });
    return null;
  };
  if (!segmentation || Array.isArray(segmentation) && segmentation.length === 0) {
    return refuse("a box without an outline (no segmentation)");
  }
  if (Array.isArray(segmentation)) {
    const sound = segmentation.filter((polygon) => {
      const fault = outlineFault(polygon, size);
      if (fault) wrong.push(fault);
      return fault?.severity !== "error";
    });
    return sound.length > 0 ? outlinePatch(sound) : null;
  }
  const { size: [height, width], counts } = segmentation;
  if (width !== size.width || height !== size.height) {
    return refuse(
      `run lengths of ${width}×${height} pixels for an image of ${size.width}×${size.height}`,
    );
  }
  try {
    const fault = runFault(decoded(counts), size);
    if (fault !== null) return refuse(fault);
  } catch (error) {
    return refuse((error as Error).message);
  }
  return (size) => columnPatch(decoded(counts), size);
}

function decoded(counts: string | readonly number[]): readonly number[] {
  return typeof counts === "string" ? compressedRuns(counts) : counts;
}
