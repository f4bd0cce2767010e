import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { findLayout } from "../data/layout.ts";
import { filesByName, IMAGE_FILE, pairUp } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { namesAndColours } from "./class_lists/class_list.ts";
import { cocoStuff as classes } from "./class_lists/coco_stuff.ts";

// The ids from 0 to 181 that are no class, counted from mmsegmentation's table in
// tools/dataset_converters/coco_stuff164k.py.
const UNUSED = [11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90];
const UNLABELLED = 255;

const IDS = Array.from({ length: 182 }, (_, id) => id).filter((id) => !UNUSED.includes(id));
const RAW = new Map([...IDS.map((id, i) => [id, i] as const), [UNLABELLED, IGNORE]]);
const TRAIN_IDS = new Map([...classes.map((_, i) => [i, i] as const), [UNLABELLED, IGNORE]]);

/**
 * COCO-Stuff 164k (Caesar, Uijlings and Ferrari, 2018) with 171 classes: images in
 * images/train2017 and images/val2017, and in annotations/ the pixel maps of the same names with raw
 * ids 0 to 181. Where mmsegmentation's `NAME_labelTrainIds.png` are there, those are read.
 */
export async function cocoStuff(root: string, split: Split): Promise<DiskDataset> {
  const folders = [join("images", `${split}2017`), join("annotations", `${split}2017`)];
  await findLayout(root, {
    title: `COCO-Stuff's ${split} split`,
    within: [""],
    folders,
    advice: `unpack ${split}2017.zip and stuffthingmaps_trainval2017.zip there (see ` +
      `data/README.md), or give another folder`,
  });
  const [imageDir, labelDir] = folders.map((folder) => join(root, folder));
  const images = await filesByName(imageDir!, IMAGE_FILE);
  const trainIds = await filesByName(labelDir!, /_labelTrainIds\.png$/);
  const converted = trainIds.byName.size > 0;
  return diskDataset({
    name: `coco-stuff/${split}`,
    ...namesAndColours(classes),
    pairs: pairUp(images, converted ? trainIds : await filesByName(labelDir!, /\.png$/)),
    tableFor: converted
      ? valuesOnly(TRAIN_IDS, "train ids 0 to 170 and 255")
      : valuesOnly(RAW, "ids 0 to 181 of things and stuff, and 255"),
  });
}
