import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Outline } from "../annotations/outlines.ts";
import type { CocoImage } from "../annotations/written_coco.ts";
import type { ObjectKey } from "../images/objects.ts";
import { readText } from "../text_file.ts";
import { writeCoco } from "./coco_file.ts";
import { writeInstances, writePanoptic } from "./object_files.ts";
import { isAsWritten } from "./own_json.ts";
import { JOINT, type Joint, type Saving } from "./saving.ts";
import type { Segmentation } from "./segmentation.ts";

/** The file in which the results of all pictures stand. */
const NAMES: Readonly<Record<Joint, string>> = {
  coco: "annotations.coco.json",
  panoptic: "panoptic.json",
  instances: "instances.json",
};

/** Where the results of all pictures together go, for what is to be saved. */
export function jointPaths(folder: string, { saved }: Pick<Saving, "saved">): string[] {
  return JOINT.filter((kind) => saved.has(kind)).map((kind) => join(folder, NAMES[kind]));
}

/** Takes one picture's results after the other. */
export type AddPicture = (
  file: string,
  segmentation: Segmentation,
  outlines: readonly Outline[],
) => Promise<void>;

/**
 * Writes the files of all pictures together that are to be saved, each whole or not at all, with what `work`
 * adds; gives what `work` gives.
 */
export async function writeJoint<T>(
  folder: string,
  key: ObjectKey,
  { saved }: Pick<Saving, "saved">,
  work: (add: AddPicture) => Promise<T>,
): Promise<T> {
  const writeRest = (kinds: readonly Joint[], adders: readonly AddPicture[]): Promise<T> => {
    const [kind, ...others] = kinds;
    if (kind !== undefined) {
      const path = join(folder, NAMES[kind]);
      return WRITERS[kind](path, key, (add) => writeRest(others, [...adders, add]));
    }
    return work(async (...picture) => {
      for (const add of adders) await add(...picture);
    });
  };
  return await writeRest(JOINT.filter((kind) => saved.has(kind)), []);
}

type Writer = <T>(
  path: string,
  key: ObjectKey,
  work: (add: AddPicture) => Promise<T>,
) => Promise<T>;

const WRITERS: Readonly<Record<Joint, Writer>> = {
  coco: (path, key, work) =>
    writeCoco(
      path,
      key,
      (add) => work((file, { labels }, outlines) => add(entryOf(file, labels), outlines)),
    ),
  panoptic: (path, key, work) =>
    writePanoptic(
      path,
      key,
      (add) => work((file, { labels, objects }) => add(entryOf(file, labels), objects!.objects)),
    ),
  instances: (path, key, work) =>
    writeInstances(
      path,
      key,
      (add) => work((file, { labels, objects }) => add(entryOf(file, labels), objects!.instances)),
    ),
};

function entryOf(
  file_name: string,
  { width, height }: Segmentation["labels"],
): Omit<CocoImage, "id"> {
  return { file_name, width, height };
}

/** Where the PNGs of ids are beside a panoptic JSON, for pictures of so many stems. */
export function idPngs(folder: string, stems: readonly string[], { saved }: Saving): string[] {
  if (!saved.has("panoptic")) return [];
  return stems.map((stem) => join(folder, "panoptic", `${basename(stem)}.png`));
}

/** Whether a picture is a PNG of ids: it lies in the folder of a panoptic JSON that is as it was written. */
export async function isIdPng(file: string): Promise<boolean> {
  const json = `${dirname(file)}.json`;
  if (!file.endsWith(".png") || basename(json) !== NAMES.panoptic || !existsSync(json)) {
    return false;
  }
  return isAsWritten(await readText(json).catch(() => ""));
}
