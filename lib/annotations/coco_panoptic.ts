import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import type { Fault } from "../data/fault.ts";
import { type Colour, colourSchema, IGNORE } from "../images/image.ts";
import { labelsOf } from "../images/objects.ts";
import { completePalette } from "../images/voc_colour.ts";
import { excerpt, firstOf, listed } from "../words.ts";
import { partOf } from "./annotated.ts";
import { cocoFlag, cocoId, cocoImage } from "./coco_parts.ts";
import { entriesOf } from "./entry_json.ts";
import { type Drawing, type FoundPair, type FoundSet, INDICES } from "./found_set.ts";
import type { ImageFiles } from "./image_files.ts";
import { drawnPanoptic, type PanopticEntry } from "./panoptic_png.ts";

/** COCO's panoptic format, as cocodataset.org/#format-data says; what it has beside is left alone. */
const Panoptic = z.object({
  images: z.array(cocoImage),
  annotations: z.array(z.object({
    image_id: cocoId,
    file_name: z.string().min(1),
    segments_info: z.array(z.object({
      id: z.int().min(1).max(2 ** 24 - 1),
      category_id: cocoId,
      iscrowd: cocoFlag.nullish(),
    })),
  })),
  categories: z.array(z.object({
    id: cocoId,
    name: classNameSchema,
    isthing: cocoFlag,
    color: colourSchema.optional().catch(undefined),
  })),
});
type Panoptic = z.infer<typeof Panoptic>;

/** Whether a JSON value is of COCO's panoptic format. */
export function isCocoPanoptic(value: unknown): boolean {
  const { images, categories, annotations } = Object(value);
  return Array.isArray(images) && Array.isArray(categories) && Array.isArray(annotations) &&
    annotations.length > 0 && annotations.every((one) => Array.isArray(Object(one).segments_info));
}

/**
 * Reads files of COCO's panoptic format, in which ADE20K and Cityscapes are converted too: a PNG of ids for
 * each image (red + 256 green + 65536 blue, 0 for none) in the folder of the JSON's name beside it, or right
 * beside it. Classes are the categories in the order of their ids; pixels of none are ignored, whatever
 * the drawing says of those without annotation.
 */
export function readCocoPanoptic(
  files: readonly { readonly file: string; readonly value: unknown }[],
  place: string,
  images: ImageFiles,
  drawing: Drawing,
): FoundSet {
  const needs = "COCO's panoptic JSON with images, annotations with segments_info and categories";
  const read = files.map(({ file, value }) => ({
    file,
    ...entriesOf(value, Panoptic, file, needs),
  }));
  const categories = read.map(({ file, categories }) => categoriesOf(categories, file));
  requireSame(categories, read.map(({ file }) => file));
  const { classes, labelOf } = classesOf(categories[0]!, place, drawing);
  const things = classes.map(({ thing }) => thing);
  const pictures = images.outside(files.map(({ file }) => folderOf(file)));
  const meaning = { labelOf, things, crowd: drawing.crowd };
  const found = read.map((one) => pairsOf(one, meaning, pictures));
  return {
    format: "COCO panoptic JSON",
    place,
    classes: classes.map(({ name }) => name),
    palette: completePalette(classes),
    things,
    pairs: found.flatMap(({ pairs }) => pairs),
    tableFor: () => INDICES,
    faults: found.flatMap(({ faults }) => faults),
  };
}

interface PanopticCategory {
  readonly id: string | number;
  readonly name: string;
  readonly colour?: Colour | undefined;
  readonly thing: boolean;
}

/** The categories in the order of their ids; one of an id or a name that another has is a RangeError. */
function categoriesOf(
  categories: Panoptic["categories"],
  file: string,
): readonly PanopticCategory[] {
  const sorted = categories
    .map(({ id, name, color, isthing }): PanopticCategory => {
      return { id, name, colour: color, thing: Boolean(isthing) };
    })
    .sort((a, b) => Number(a.id) - Number(b.id) || 0);
  const twice = sorted.find((one, i) =>
    sorted.slice(0, i).some(({ id, name }) => id === one.id || name === one.name)
  );
  if (twice === undefined) return sorted;
  const same = sorted.find(({ name }) => name === twice.name)!;
  throw new RangeError(
    `Cannot use ${file}: another id and name for each category needed, got "${
      excerpt(twice.name)
    }" (${excerpt(`${twice.id}`)}) twice` +
      (same.thing === twice.thing ? "" : ", once as things and once as stuff"),
  );
}

function requireSame(
  lists: readonly (readonly PanopticCategory[])[],
  files: readonly string[],
): void {
  const text = (list: readonly PanopticCategory[]) =>
    JSON.stringify(list.map(({ id, name, thing }) => [id, name, thing]));
  const other = lists.findIndex((list) => text(list) !== text(lists[0]!));
  if (other < 0) return;
  const named = ({ id, name, thing }: PanopticCategory) =>
    `${id} ${name} (${thing ? "things" : "stuff"})`;
  const differ = (list: readonly PanopticCategory[], from: readonly PanopticCategory[]) =>
    listed(list.map(named).filter((one) => !from.map(named).includes(one)), (one) => one) || "none";
  throw new RangeError(
    `Cannot use ${files[other]}: the categories of ${files[0]} needed (` +
      `${differ(lists[0]!, lists[other]!)}), got ${differ(lists[other]!, lists[0]!)}`,
  );
}

/** The classes, and which of them each category is; of one that is left out, IGNORE. */
function classesOf(
  categories: readonly PanopticCategory[],
  place: string,
  { classes: wanted }: Drawing,
) {
  const byName = new Map(categories.map((category) => [category.name, category]));
  const classes = wanted === undefined ? categories : wanted.map(({ name, colour, thing }) => {
    const category = byName.get(name);
    if (category === undefined) {
      throw new RangeError(
        `Cannot use ${place}: classes of its categories needed (${
          firstOf([...byName.keys()])
        }), got "${excerpt(name)}"`,
      );
    }
    return { ...category, ...colour && { colour }, thing: thing ?? category.thing };
  });
  if (classes.length < 2 || classes.length > IGNORE) {
    throw new RangeError(
      `Cannot use ${place}: 2 to ${IGNORE} classes needed, got ${classes.length}`,
    );
  }
  const labels = new Map(classes.map(({ id }, index) => [id, index]));
  const known = new Set(categories.map(({ id }) => id));
  return {
    classes,
    labelOf: (id: string | number) => labels.get(id) ?? (known.has(id) ? IGNORE : undefined),
  };
}

/** What the pairs of a file have in common. */
interface Meaning {
  /** The class of a category; IGNORE of one that is left out, undefined of one that there is not. */
  readonly labelOf: (category: string | number) => number | undefined;
  readonly things: readonly boolean[];
  readonly crowd: Drawing["crowd"];
}

type Entry = Panoptic["annotations"][number];

function pairsOf(
  { file, images, annotations }: Panoptic & { readonly file: string },
  meaning: Meaning,
  files: ImageFiles,
) {
  const part = partOf(basename(file)) ?? partOf(basename(dirname(file)));
  const byId = new Map(images.map((image) => [image.id, image]));
  const pairs: FoundPair[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string | number>();
  for (const entry of annotations) {
    const image = byId.get(entry.image_id);
    const found = image
      ? files.find(image.file_name, dirname(file), part)
      : { wrong: `no image has the id ${entry.image_id}` };
    const png = pngOf(file, entry.file_name);
    const wrong = "wrong" in found
      ? found.wrong
      : seen.has(entry.image_id)
      ? "the image has another entry"
      : png === null
      ? `no PNG ${entry.file_name} in ${folderOf(file)} or beside it`
      : segmentFault(entry, meaning);
    seen.add(entry.image_id);
    if (wrong !== null) {
      const name = `${entry.file_name} of image ${entry.image_id}`;
      faults.push({ file, entry: name, text: wrong, severity: "error" });
    } else if ("path" in found) {
      const name = files.nameOf(found.path);
      const drawn = drawnOf(png!, entry, image!, meaning);
      pairs.push({ name, image: found.path, labels: png!, part, ...drawn });
    }
  }
  return { pairs, faults };
}

/** What is wrong with the segments of an entry, in words. */
function segmentFault({ segments_info: segments }: Entry, { labelOf }: Meaning): string | null {
  const unknown = segments.find(({ category_id }) => labelOf(category_id) === undefined);
  if (unknown) return `segment ${unknown.id}: no category has the id ${unknown.category_id}`;
  const twice = segments.find(({ id }, i) => segments.findIndex((one) => one.id === id) < i);
  return twice ? `segment ${twice.id} is listed twice` : null;
}

function drawnOf(
  png: string,
  { segments_info }: Entry,
  { width, height }: Panoptic["images"][number],
  { labelOf, things, crowd }: Meaning,
): Required<Pick<FoundPair, "present" | "drawn">> {
  const entries = segments_info.map(({ id, category_id, iscrowd }): PanopticEntry => {
    const isCrowd = Boolean(iscrowd);
    const label = isCrowd && crowd === "ignore" ? IGNORE : labelOf(category_id)!;
    return { id, label, isCrowd };
  });
  const size = { width, height };
  const objects = () => drawnPanoptic(png, entries, things, size);
  const draw = async () => labelsOf(await objects());
  const labels = entries.map(({ label }) => label).filter((label) => label !== IGNORE);
  return { present: new Set(labels), drawn: { size, draw, objects } };
}

/** The folder beside a JSON file that is called as it is. */
function folderOf(file: string): string {
  return file.replace(/\.json$/i, "");
}

function pngOf(file: string, name: string): string | null {
  return [join(folderOf(file), name), join(dirname(file), name)].find((path) => existsSync(path)) ??
    null;
}
