import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset, findLayout } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE } from "../data/named_files.ts";
import { type Pair, pairNamed, withInstances } from "../data/pairs.ts";
import { isFolder } from "../files.ts";
import { IGNORE } from "../images/image.ts";
import { classKeyOf, type ClassList } from "./class_list.ts";

const BORDER = 255; // between things, and what was too hard to label
const LISTS = join("ImageSets", "Segmentation");
// What mmsegmentation's tools/dataset_converters/voc_aug.py writes, then DeepLab's name for it.
const AUGMENTED_LISTS = ["aug.txt", "trainaug.txt", "train_aug.txt"];

/**
 * Pascal VOC 2012's segmentation task (Everingham et al.) with background and 20 classes: the folder
 * VOC2012, or one above it. Its border label, 255, is ignored. Where the folder
 * SegmentationClassAug is there (Hariharan et al., 2011) with one of mmsegmentation's lists
 * `aug.txt` and `trainaug.txt`, the images that only these name follow after those of `train.txt`,
 * and the name of the split is `train+aug`: 10,582 images in place of 1,464.
 */
export async function pascalVoc(root: string, split: Split): Promise<DiskDataset> {
  const place = await findLayout(root, {
    title: `Pascal VOC 2012's ${split} split`,
    within: [join("VOCdevkit", "VOC2012"), "VOC2012", ""],
    folders: ["JPEGImages", "SegmentationClass", LISTS],
    advice: "unpack VOCtrainval_11-May-2012.tar there (see data/README.md), or give another folder",
  });
  const aug = join(place, "SegmentationClassAug");
  const augmented = split === "train" && await isFolder(aug) ? aug : null;
  const table = new Map([...pascalVocClasses.map((_, i) => [i, i] as const), [BORDER, IGNORE]]);
  return diskDataset({
    name: `pascal-voc/${split}${augmented ? "+aug" : ""}`,
    ...classKeyOf(pascalVocClasses),
    pairs: pairsIn(place, split, augmented),
    tableFor: valuesOnly(table, "0 for background, 1 to 20 for the classes and 255"),
    instanceOf: (id) => id === BORDER ? 0 : id,
    things: pascalVocClasses.map(([name]) => name !== "background"),
  });
}

async function pairsIn(place: string, split: Split, aug: string | null): Promise<readonly Pair[]> {
  const lists = join(place, LISTS);
  const images = await filesByName(join(place, "JPEGImages"), IMAGE_FILE);
  const labels = await filesByName(join(place, "SegmentationClass"), LABEL_FILE);
  const own = await pairNamed(join(lists, `${split}.txt`), images, labels);
  if (aug !== null) {
    const known = new Set(own.map(({ name }) => name));
    const more = await filesByName(aug, LABEL_FILE);
    return [...own, ...await pairNamed(await augmentedList(lists, aug), images, more, known)];
  }
  const objects = join(place, "SegmentationObject");
  return await isFolder(objects) ? withInstances(own, await filesByName(objects, LABEL_FILE)) : own;
}

async function augmentedList(lists: string, aug: string): Promise<string> {
  const there = await readdir(lists);
  const name = AUGMENTED_LISTS.find((name) => there.includes(name));
  if (name !== undefined) return join(lists, name);
  throw new RangeError(
    `Cannot use ${aug}: needs a list of its images in ${lists}, ${AUGMENTED_LISTS.join(" or ")}, ` +
      `got none; add it, or remove the folder`,
  );
}

/** Pascal VOC's background and 20 classes, with its colours. */
export const pascalVocClasses: ClassList = [
  ["background", [0, 0, 0]],
  ["aeroplane", [128, 0, 0]],
  ["bicycle", [0, 128, 0]],
  ["bird", [128, 128, 0]],
  ["boat", [0, 0, 128]],
  ["bottle", [128, 0, 128]],
  ["bus", [0, 128, 128]],
  ["car", [128, 128, 128]],
  ["cat", [64, 0, 0]],
  ["chair", [192, 0, 0]],
  ["cow", [64, 128, 0]],
  ["diningtable", [192, 128, 0]],
  ["dog", [64, 0, 128]],
  ["horse", [192, 0, 128]],
  ["motorbike", [64, 128, 128]],
  ["person", [192, 128, 128]],
  ["pottedplant", [0, 64, 0]],
  ["sheep", [128, 64, 0]],
  ["sofa", [0, 192, 0]],
  ["train", [128, 192, 0]],
  ["tvmonitor", [0, 64, 128]],
];
