import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { detect, detectValue, toolFormats } from "../annotations/detect.ts";
import { jsonOf } from "../annotations/entry_json.ts";
import { PLAIN_DRAWING } from "../annotations/found_set.ts";
import type { Dataset, DiskDataset, Split } from "../data/dataset.ts";
import { IncompleteError, readAs } from "../data/disk_dataset.ts";
import { requireSound } from "../data/sound.ts";
import { folder } from "../data/folder.ts";
import { checkReading, type Reading } from "../images/reading.ts";
import { withRemedy } from "../remedy.ts";
import { scenes } from "../scenes/scenes.ts";
import { shown } from "../words.ts";
import { ade20k } from "./ade20k.ts";
import { camvid } from "./camvid.ts";
import { cityscapes } from "./cityscapes.ts";
import { cocoStuff } from "./coco_stuff.ts";
import { described, isAnnotationDescription } from "./described.ts";
import { foundDataset } from "./found.ts";
import { HUB, hubDataset } from "./hub_data.ts";
import { pascalContext } from "./pascal_context.ts";
import { pascalVoc } from "./pascal_voc.ts";

/** Where data lie on this disk. */
export interface DataPlaces {
  /** The folder with a folder for each published data set. */
  readonly published: string;
  /** The folder in which relative paths begin. */
  readonly base: string;
}

/** In the folder of the process. */
const HERE: DataPlaces = { published: "data", base: "." };

interface Published {
  /** Its folder's name; that of the data set where it is not given. */
  readonly folder?: string;
  readonly open: (root: string, split: Split) => Promise<DiskDataset>;
}

/** The published data sets by name. */
const published: Readonly<Record<string, Published>> = {
  "camvid": { open: camvid },
  "ade20k": { open: ade20k },
  "cityscapes": { open: cityscapes },
  "pascal-context": { open: (root, split) => pascalContext(root, split, 60) },
  "pascal-context-59": {
    folder: "pascal-context",
    open: (root, split) => pascalContext(root, split, 59),
  },
  "pascal-voc": { open: pascalVoc },
  "coco-stuff": { open: cocoStuff },
};

/** The names by which `namedData` opens data, in words. */
export const dataNames = `a published data set (${Object.keys(published).join(", ")}), in ` +
  `data/NAME or given as NAME=FOLDER; a data set of the Hugging Face hub (hub:USER/NAME), in ` +
  `data/hub/USER/NAME; a JSON description (data/README.md); the folder or file that a ` +
  `labelling tool has written (${toolFormats}); a folder in CamVid's layout; or scenes (synthetic)`;

/** *Scenes* by their name: how many in a split, of how many pixels a side. */
const SCENES = { train: 1000, val: 100, size: 192 } as const;

/** A split of the data of a name (see `dataNames`), and how its files are read. */
export async function namedData(
  name: string,
  split: Split,
  places: DataPlaces = HERE,
  reading: Reading = {},
): Promise<Dataset> {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot open data: a name needed (${dataNames}), got ${shown(name)}`);
  }
  if (split !== "train" && split !== "val") {
    throw new RangeError(
      `Cannot open data: the split "train" or "val" needed, got ${shown(split)}`,
    );
  }
  checkReading(reading, "Cannot open data");
  if (name !== "scenes") return await namedFiles(name, split, places, reading);
  return scenes({ seed: 1, split, length: SCENES[split], size: SCENES.size });
}

/** A split of the data of a name, where it is one of files and not `scenes`. */
export async function namedFiles(
  name: string,
  split: Split,
  places: DataPlaces = HERE,
  reading: Reading = {},
): Promise<DiskDataset> {
  try {
    const dataset = await readAs(await opened(name, split, places), reading);
    requireSound(dataset.source);
    return dataset;
  } catch (error) {
    if (!(error instanceof IncompleteError)) throw error;
    throw new IncompleteError({ ...error.source, reading }, error.cause);
  }
}

async function opened(name: string, split: Split, places: DataPlaces): Promise<DiskDataset> {
  const [known, given] = name.split(/=(.+)/s);
  if (Object.hasOwn(published, known!)) {
    const { folder = known!, open } = published[known!]!;
    const root = given === undefined ? join(places.published, folder) : resolve(places.base, given);
    return await open(root, split);
  }
  if (name.startsWith(HUB)) return await hubDataset(name, split, places.published);
  const path = resolve(places.base, name);
  if (name.endsWith(".json")) return await openedJson(path, split);
  if (existsSync(join(path, `${split}annot`))) return await camvid(path, split);
  const opening = existsSync(path) ? await detect(path) : null;
  if (opening) return await foundDataset(await opening(PLAIN_DRAWING), split);
  throw notFound(name, existsSync(path) ? split : null);
}

/** A JSON file is a description, or what a tool has written. */
async function openedJson(path: string, split: Split): Promise<DiskDataset> {
  const value = await jsonOf(path).catch(() => null);
  if (isAnnotationDescription(value)) return await described(path, value, split);
  const opening = value === null ? null : detectValue(path, value);
  if (opening) return await foundDataset(await opening(PLAIN_DRAWING), split);
  return await folder(path, split);
}

/** A folder that is there may be meant as a published data set, or as one to be described. */
function notFound(name: string, there: Split | null): RangeError {
  const cannotOpen = (got: string) =>
    new RangeError(
      `Cannot open data: needs labelled images, got "${name}", ${got}. Data is ${dataNames}`,
    );
  if (there === null) return cannotOpen("which is neither a name nor there");
  const error = cannotOpen(
    `which holds no labels that are known (no annotations of a tool, no folder ${there}annot; a ` +
      `published data set is opened as, for example, ade20k=${name})`,
  );
  return withRemedy(error, { kind: "describeData", data: name });
}
