import { basename, dirname, extname, join, relative } from "node:path";
import { isFolder } from "../files.ts";
import { listFiles } from "../listing.ts";
import { readText } from "../text_file.ts";
import { counted, firstOf } from "../words.ts";
import { type Annotations, partOf } from "./annotated.ts";
import { CLASS_TABLES } from "./class_table.ts";
import { isCoco, readCoco } from "./coco.ts";
import { isCocoPanoptic, readCocoPanoptic } from "./coco_panoptic.ts";
import { isCvatXml, readCvatXml } from "./cvat_xml.ts";
import { jsonOf } from "./entry_json.ts";
import { type Drawing, drawnSet, type FoundSet } from "./found_set.ts";
import { ImageFiles } from "./image_files.ts";
import { isLabelStudio, isLabelStudioMin, readLabelStudio } from "./label_studio.ts";
import { isLabelme, readLabelme } from "./labelme.ts";
import { maskFolders } from "./mask_folders.ts";
import { parquetSet } from "./parquet/parquet_set.ts";
import { isDataYaml, readYolo } from "./yolo.ts";

/** A data set that a tool has written, found in a folder or a file and not read yet. */
export type Opening = (drawing: Drawing) => Promise<FoundSet>;

/** The formats that are found out, in words. */
export const toolFormats =
  "COCO (objects and panoptic), labelme, CVAT, YOLO segmentation, Label Studio, masks with a table " +
  "of classes, Parquet files with images and masks (data sets of the Hugging Face hub)";

/** A file with its value, where that was read to find out what it is. */
interface Sniffed {
  readonly file: string;
  readonly value: unknown;
}

/** Finds out which tool has written a folder or a file; null where it is none that is known. */
export async function detect(path: string): Promise<Opening | null> {
  if (!await isFolder(path)) return await detectFile(path);
  const files = await listFiles(path, { recursive: true });
  return await detectTexts(path, files) ?? await detectJson(path, files) ??
    detectParquet(path, files);
}

function detectParquet(root: string, files: readonly string[]): Opening | null {
  const names = files.filter((file) => /\.parquet$/i.test(file));
  return names.length === 0 ? null : (drawing) => parquetSet(root, names, drawing);
}

async function detectFile(path: string): Promise<Opening | null> {
  const ending = extname(path).toLowerCase();
  if (ending === ".json") return detectValue(path, await jsonOf(path));
  if (CLASS_TABLES.test(path)) return async () => await maskFolders(path, dirname(path));
  if (ending === ".yaml" || ending === ".yml") return drawnFrom(() => readYolo(path));
  if (ending !== ".xml" || !isCvatXml(await readText(path))) return null;
  return openCvat([path], rootOf(path), path);
}

/** Finds out which tool has written a JSON file with this value; null where it is none that is known. */
export function detectValue(path: string, value: unknown): Opening | null {
  return openJson([{ file: path, value }], [path], rootOf(path), path);
}

/** The folder below which the images of a file lie: that of the file, or the one above `annotations`. */
function rootOf(file: string): string {
  const folder = dirname(file);
  return /^(annotations?|labels|json)$/i.test(basename(folder)) ? dirname(folder) : folder;
}

function drawnFrom(read: () => Annotations | Promise<Annotations>): Opening {
  return async (drawing) => drawnSet(await read(), drawing);
}

/** Tables of classes and data.yaml lie at most one folder deep: in the root, or in a part's folder. */
function isNear(file: string): boolean {
  return file.split(/[\\/]/).length <= 2;
}

async function detectTexts(root: string, files: readonly string[]): Promise<Opening | null> {
  const near = files.filter(isNear);
  for (const file of near.filter((file) => /\.ya?ml$/i.test(file))) {
    const path = join(root, file);
    if (isDataYaml(await readText(path))) return drawnFrom(() => readYolo(path));
  }
  const table = near.find((file) => CLASS_TABLES.test(file));
  if (table !== undefined) return async () => await maskFolders(join(root, table), root);
  const cvat: string[] = [];
  for (const file of near.filter((file) => /\.xml$/i.test(file)).slice(0, MOST_READ)) {
    const path = join(root, file);
    if (isCvatXml(await readText(path))) cvat.push(path);
  }
  return cvat.length > 0 ? openCvat(cvat, root, root) : null;
}

function openCvat(files: readonly string[], root: string, place: string): Opening {
  return drawnFrom(async () => await readCvatXml(files, place, await ImageFiles.below(root)));
}

/** Files that are read to find out what a folder holds; of more, the first ones say it. */
const MOST_READ = 32;

async function detectJson(root: string, files: readonly string[]): Promise<Opening | null> {
  const named = files.filter((file) => extname(file).toLowerCase() === ".json")
    .map((file) => join(root, file));
  const read: Sniffed[] = [];
  for (const file of named.slice(0, MOST_READ)) {
    read.push({ file, value: await jsonOf(file).catch(() => null) }); // a broken one is of no tool
  }
  return openJson(read, named, root, root);
}

/** Of JSON files, some of which were read; null where none is of a tool that is known. */
function openJson(
  read: readonly Sniffed[],
  all: readonly string[],
  root: string,
  place: string,
): Opening | null {
  const kinds = [
    ["COCO", (value: unknown) => isCoco(value) && !isCocoPanoptic(value)],
    ["COCO panoptic", isCocoPanoptic],
    ["labelme", isLabelme],
    ["Label Studio", isLabelStudio],
    ["Label Studio's small export", isLabelStudioMin],
  ] as const;
  const found = kinds.map(([name, is]) => [name, read.filter(({ value }) => is(value))] as const)
    .filter(([, files]) => files.length > 0);
  if (found.length === 0) return null;
  const [[name, files], other] = found as [typeof found[0], typeof found[1] | undefined];
  if (other !== undefined) {
    const first = ([name, [one]]: typeof other) => `${relative(root, one!.file)} of ${name}`;
    throw new RangeError(
      `Cannot open ${place}: needs files of one tool, got ${
        found.map(first).join(" and ")
      }; give one ` +
        `of them`,
    );
  }
  const images = () => ImageFiles.below(root);
  if (name === "COCO") {
    return drawnFrom(async () => readCoco(chosen(files, root), place, await images()));
  }
  if (name === "COCO panoptic") {
    return async (drawing) => readCocoPanoptic(chosen(files, root), place, await images(), drawing);
  }
  if (name === "labelme") {
    return drawnFrom(async () => await readLabelme(all, place, await images()));
  }
  if (name === "Label Studio" && files.length === 1) {
    const [{ file, value }] = files as [Sniffed];
    return drawnFrom(async () => readLabelStudio(file, value, await images()));
  }
  throw new RangeError(
    name === "Label Studio"
      ? `Cannot open ${place}: needs one export of Label Studio, got ${files.length}; give one of them`
      : `Cannot open ${
        files[0]!.file
      }: needs Label Studio's export "JSON", got "JSON-MIN", which ` +
        `lacks labels' kinds; export again`,
  );
}

/** What COCO publishes beside its instances. */
const NO_INSTANCES = /^(captions|person_keypoints|stuff|image_info)_/i;

/** Those of several files that belong together: COCO's own captions and keypoints are not instances. */
function chosen(files: readonly Sniffed[], root: string): readonly Sniffed[] {
  const instances = files.filter(({ file }) => !NO_INSTANCES.test(basename(file)));
  const some = instances.length > 0 ? instances : files;
  const parts = some.map(({ file }) => partOf(basename(file)) ?? partOf(basename(dirname(file))));
  const without = parts.filter((part) => part === null).length;
  if (without === 0 || without === some.length) return some;
  throw new RangeError(
    `Cannot tell which files of ${root} belong together: needs files that all say their part (train, ` +
      `val) in their names, or none, got ${
        counted(some.length, "file")
      } of which ${without} say none ` +
      `(${firstOf(some.map(({ file }) => relative(root, file)))}); give one of them`,
  );
}
