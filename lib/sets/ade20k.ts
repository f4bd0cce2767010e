import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { findLayout } from "../data/layout.ts";
import { listPairs } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { ade20k as classes } from "./class_lists/ade20k.ts";
import { namesAndColours } from "./class_lists/class_list.ts";

const FOLDERS = { train: "training", val: "validation" } as const;
// 0 is every thing outside of the 150 classes.
const TABLE = new Map([[0, IGNORE], ...classes.map((_, i) => [i + 1, i] as const)]);

/**
 * ADE20K's scene parsing benchmark (Zhou et al., 2017) with 150 classes: the folder
 * ADEChallengeData2016, or the folder it is in. Masks hold 0, which is ignored, and 1 to 150, the
 * classes counted from one.
 */
export async function ade20k(root: string, split: Split): Promise<DiskDataset> {
  const [images, annotations] = ["images", "annotations"].map((f) => join(f, FOLDERS[split]));
  const place = await findLayout(root, {
    title: `ADE20K's ${split} split`,
    within: ["", "ADEChallengeData2016"],
    folders: [images!, annotations!],
    advice: "unpack ADEChallengeData2016.zip there (see data/README.md), or give another folder",
  });
  return diskDataset({
    name: `ade20k/${split}`,
    ...namesAndColours(classes),
    pairs: listPairs(join(place, images!), join(place, annotations!)),
    tableFor: valuesOnly(TABLE, "0 for the ignored label and 1 to 150 for the classes"),
  });
}
