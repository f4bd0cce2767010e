import { basename, dirname, extname, join, relative } from "node:path";
import { isFolder } from "../files.ts";
import { listFiles } from "../listing.ts";
import { counted, firstOf } from "../words.ts";
import { partOf } from "./annotated.ts";
import { isCoco, readCoco } from "./coco.ts";
import { jsonOf } from "./entry_json.ts";
import { type Drawing, drawnSet, type FoundSet } from "./found_set.ts";
import { ImageFiles } from "./image_files.ts";

/** A data set that a tool has written, found in a folder or a file and not read yet. */
export type Opening = (drawing: Drawing) => Promise<FoundSet>;

/** The formats that are found out, in words. */
export const toolFormats = "COCO JSON";

/** What a file of a tool is, with its value where that was read. */
interface Sniffed {
  readonly file: string;
  readonly value: unknown;
}

/** Finds out which tool has written a folder or a file; null where it is none that is known. */
export async function detect(path: string): Promise<Opening | null> {
  if (!await isFolder(path)) return await detectFile(path);
  return await detectJson(path, await listFiles(path, { recursive: true }));
}

async function detectFile(path: string): Promise<Opening | null> {
  if (extname(path).toLowerCase() !== ".json") return null;
  return detectValue(path, await jsonOf(path));
}

/** Finds out which tool has written a JSON file with this value; null where it is none that is known. */
export function detectValue(path: string, value: unknown): Opening | null {
  return openJson([{ file: path, value }], rootOf(path), path);
}

/** The folder below which the images of a file lie: that of the file, or the one above `annotations`. */
function rootOf(file: string): string {
  const folder = dirname(file);
  return /^(annotations?|labels|json)$/i.test(basename(folder)) ? dirname(folder) : folder;
}

/** Files that are read to find out what a folder holds; of more, the first ones say it. */
const MOST_READ = 32;

async function detectJson(root: string, files: readonly string[]): Promise<Opening | null> {
  const named = files.filter((file) => extname(file).toLowerCase() === ".json");
  const read: Sniffed[] = [];
  for (const file of named.slice(0, MOST_READ)) {
    const path = join(root, file);
    read.push({ file: path, value: await jsonOf(path) });
  }
  return openJson(read, root, root);
}

function openJson(read: readonly Sniffed[], root: string, place: string): Opening | null {
  const coco = read.filter(({ value }) => isCoco(value));
  if (coco.length === 0) return null;
  return async (drawing) =>
    drawnSet(readCoco(chosen(coco, root), place, await ImageFiles.below(root)), drawing);
}

/** Those of several files that belong together: COCO's own captions and keypoints are not instances. */
function chosen(files: readonly Sniffed[], root: string): readonly Sniffed[] {
  const isInstances = ({ file }: Sniffed) => /^instances/i.test(basename(file));
  const some = files.some(isInstances) ? files.filter(isInstances) : files;
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
