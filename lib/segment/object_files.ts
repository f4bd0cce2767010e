import { join } from "node:path";
import {
  instanceEntries,
  panopticCategories,
  panopticEntry,
  panopticPng,
} from "../annotations/written_objects.ts";
import type { CocoImage } from "../annotations/written_coco.ts";
import { writeAtomically } from "../files.ts";
import type { Instance } from "../images/instances.ts";
import { checkObjects, type ObjectKey, type Objects } from "../images/objects.ts";
import { type AddAnnotations, writeAnnotations } from "./coco_file.ts";

/** Takes the objects of one picture after the other. */
export type AddObjects = (image: Omit<CocoImage, "id">, objects: Objects) => Promise<void>;

/**
 * Writes the objects of all pictures that `work` adds in COCO's panoptic format: the JSON file `path`, whole
 * or not at all, and a PNG of ids for each picture in the folder of the JSON's name beside it. Gives
 * what `work` gives.
 */
export async function writePanoptic<T>(
  path: string,
  key: ObjectKey,
  work: (add: AddObjects) => Promise<T>,
): Promise<T> {
  const folder = path.replace(/\.json$/i, "");
  if (folder === path) {
    throw new RangeError(`Cannot write objects: a path that ends in .json needed, got ${path}`);
  }
  const names = new Set<string>();
  return await writeAnnotations(
    path,
    panopticCategories(key),
    (add) =>
      work(async (image, objects) => {
        requireObjects(image, objects, key);
        const name = freeName(image.file_name, names);
        await writeAtomically(join(folder, name), await panopticPng(objects));
        await add(image, (imageId) => [panopticEntry(objects, imageId, name)]);
      }),
  );
}

/** The name of a picture's PNG: its own without folders, and with a number where another has it. */
function freeName(file: string, taken: Set<string>): string {
  const base = file.replaceAll("\\", "/").split("/").at(-1)!.replace(/\.\w+$/, "");
  for (let n = 1;; n++) {
    const name = n === 1 ? `${base}.png` : `${base}_${n}.png`;
    if (taken.size < taken.add(name.toLowerCase()).size) return name;
  }
}

/** Takes the instances of one picture after the other. */
export type AddInstances = (
  image: Omit<CocoImage, "id">,
  instances: readonly Instance[],
) => Promise<void>;

/**
 * Writes the instances of all pictures that `work` adds in one JSON file of COCO's format, whole or not at
 * all, with run lengths as compressed text and, where a network found them, scores. Gives what `work`
 * gives.
 */
export async function writeInstances<T>(
  path: string,
  key: ObjectKey,
  work: (add: AddInstances) => Promise<T>,
): Promise<T> {
  return await writeAnnotations(
    path,
    panopticCategories(key),
    (add: AddAnnotations) =>
      work(async (image, instances) => {
        const wrong = instances.find((one) => key.things[one.class] !== true);
        if (wrong) {
          throw new RangeError(
            `Cannot write the instances of ${image.file_name}: classes of things needed, got ` +
              (key.classes[wrong.class] ?? `the index ${wrong.class}`),
          );
        }
        await add(image, (imageId, firstId) => instanceEntries(instances, imageId, firstId));
      }),
  );
}

function requireObjects(
  { file_name, width, height }: Omit<CocoImage, "id">,
  objects: Objects,
  { classes }: ObjectKey,
): void {
  const doing = `Cannot write the objects of ${file_name}`;
  checkObjects(objects, classes.length, doing);
  if (objects.width === width && objects.height === height) return;
  throw new RangeError(
    `${doing}: a map of the picture's ${width}×${height} pixels needed, got ` +
      `${objects.width}×${objects.height}`,
  );
}
