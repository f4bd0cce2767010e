import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository, userPath } from "../../experiments/commands/paths.ts";
import { type Dataset, type DiskDataset, keepInMemory, type Split } from "../data/dataset.ts";
import { folder } from "../data/folder.ts";
import type { Experiment, ScenesSize } from "../runs/experiment.ts";
import { scenes } from "../scenes/scenes.ts";
import { ade20k } from "./ade20k.ts";
import { camvid } from "./camvid.ts";
import { cityscapes } from "./cityscapes.ts";
import { cocoStuff } from "./coco_stuff.ts";
import { pascalContext } from "./pascal_context.ts";
import { pascalVoc } from "./pascal_voc.ts";

/** Where a data set lies when no folder is given. */
const folderOf = (name: string) => join(repository, "data", name);
const CAMVID = folderOf("camvid");

interface Published {
  readonly folder: string;
  readonly open: (root: string, split: Split) => Promise<DiskDataset>;
}

/** The published data sets by the names that `--data` takes. */
const published: Readonly<Record<string, Published>> = {
  "camvid": { folder: CAMVID, open: camvid },
  "ade20k": { folder: folderOf("ade20k"), open: ade20k },
  "cityscapes": { folder: folderOf("cityscapes"), open: cityscapes },
  "pascal-context": {
    folder: folderOf("pascal-context"),
    open: (root, split) => pascalContext(root, split, 60),
  },
  "pascal-context-59": {
    folder: folderOf("pascal-context"),
    open: (root, split) => pascalContext(root, split, 59),
  },
  "pascal-voc": { folder: folderOf("pascal-voc"), open: pascalVoc },
  "coco-stuff": { folder: folderOf("coco-stuff"), open: cocoStuff },
};

/** What `--data` takes, in words for the commands' help. */
export const dataNames = `a published data set (${Object.keys(published).join(", ")}), in ` +
  `data/NAME or given as NAME=FOLDER; a JSON description (data/README.md); a folder in CamVid's ` +
  `layout; or scenes (synthetic)`;

const SCENES: ScenesSize = { train: 1000, val: 100, size: 192 };
const SMOKE_SCENES: ScenesSize = { train: 8, val: 2, size: 96 };

/** *Scenes* of seed 1: the same pictures for all runs and seeds. */
function scenesOf(sizes: ScenesSize, split: Split): Dataset {
  return scenes({ seed: 1, split, length: sizes[split], size: sizes.size });
}

/**
 * A split of an experiment's data, read from the folder `root` where that is not null, and kept in
 * memory, because every run comes back to it. The smoke form takes few validation images, and *scenes*
 * in place of files that are not there.
 */
export async function experimentData(
  { data }: Experiment,
  split: Split,
  root: string | null,
  smoke: boolean,
): Promise<Dataset> {
  if (data !== "camvid") {
    if (root === null) return keepInMemory(scenesOf(smoke ? SMOKE_SCENES : data, split));
    throw new RangeError(
      `Cannot read the experiment's data from ${root}: it makes its own (scenes) and needs no folder`,
    );
  }
  if (smoke && root === null && !existsSync(CAMVID)) return scenesOf(SMOKE_SCENES, split);
  const dataset = keepInMemory(await camvid(root ?? CAMVID, split));
  return smoke && split === "val" ? { ...dataset, length: SMOKE_SCENES.val } : dataset;
}

/** A split of the data that a user names (see `dataNames`). */
export async function namedData(name: string, split: Split): Promise<Dataset> {
  return name === "scenes" ? scenesOf(SCENES, split) : await namedFiles(name, split);
}

/** A split of the data that a user names, where it is one of files and not `scenes`. */
export async function namedFiles(name: string, split: Split): Promise<DiskDataset> {
  const [known, given] = name.split(/=(.+)/s);
  if (Object.hasOwn(published, known!)) {
    const { folder, open } = published[known!]!;
    return await open(given === undefined ? folder : userPath(given), split);
  }
  const path = userPath(name);
  if (name.endsWith(".json")) return await folder(path, split);
  if (existsSync(join(path, `${split}annot`))) return await camvid(path, split);
  const got = existsSync(path)
    ? `, which has no folder ${split}annot; a published data set is opened by its name too, for ` +
      `example ade20k=${name}, and of a folder with images/ and masks/ of the same names ` +
      `\`deno task check-labels ${name}\` prints the JSON description`
    : ", which is neither a name nor there";
  throw new RangeError(`Cannot open data: needs ${dataNames}; got "${name}"${got}`);
}
