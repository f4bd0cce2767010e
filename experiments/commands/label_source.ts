import { basename, join } from "node:path";
import { detect } from "../../lib/annotations/detect.ts";
import type { Split } from "../../lib/data/dataset.ts";
import { IncompleteError } from "../../lib/data/disk_dataset.ts";
import { FaultyError } from "../../lib/data/sound.ts";
import { isFolder } from "../../lib/files.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { type PlainFolders, plainFolders } from "../../lib/labels/description.ts";
import type { InspectedSource } from "../../lib/labels/mask_facts.ts";
import { listPairs, UnpairedError } from "../../lib/data/pairs.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { dataPlaces, userPath } from "./paths.ts";

/** The masks of a split to look at, those without a partner, and the folders nobody has described. */
export interface LabelSource {
  readonly source: InspectedSource;
  readonly unpaired?: UnpairedError;
  readonly plain?: PlainFolders;
}

/**
 * The files of a split of the data that a user names, like `namedFiles`, or of a folder with images
 * and masks that has no description yet. Files without a partner do not throw.
 */
export async function labelSource(
  name: string,
  split: Split,
  reading: Reading = {},
): Promise<LabelSource> {
  const path = userPath(name);
  const isOfTool = await isFolder(path) && await detect(path) !== null;
  if (isOfTool) return await described(name, split, reading);
  const plain = await plainFolders(path, split);
  if (!plain) {
    await requireBoth(name, path, split);
    return await described(name, split, reading);
  }
  const source = { name: basename(path), classes: [], palette: [], reading };
  try {
    const pairs = await listPairs(join(path, plain.images), join(path, plain.labels));
    return { source: { ...source, pairs }, plain };
  } catch (unpaired) {
    if (!(unpaired instanceof UnpairedError)) throw unpaired;
    return { source: { ...source, pairs: unpaired.pairs }, unpaired, plain };
  }
}

/** Where the other split is a folder of images and masks, this one is meant to be one too. */
async function requireBoth(name: string, path: string, split: Split): Promise<void> {
  const other = await plainFolders(path, split === "train" ? "val" : "train");
  if (!other) return;
  const folders = [other.images, other.labels].map((folder) => join(split, basename(folder)));
  throw new RangeError(
    `Cannot open the ${split} split of ${name}: needs the folders ${
      folders.join(" and ")
    } in it, ` +
      `got no images there; put some of the pairs into them`,
  );
}

async function described(
  name: string,
  split: Split,
  reading: Reading,
): Promise<LabelSource> {
  try {
    return { source: (await namedFiles(name, split, dataPlaces, reading)).source };
  } catch (error) {
    if (error instanceof FaultyError) return { source: error.source };
    if (error instanceof IncompleteError) return { source: error.source, unpaired: error.cause };
    if (!(error instanceof UnpairedError)) throw error;
    // Where a list names what is not there, the other files can be looked at without their meaning.
    const source = {
      name: `${name}/${split}`,
      classes: [],
      palette: [],
      pairs: error.pairs,
      reading,
    };
    return { source, unpaired: error };
  }
}
