import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset, findLayout } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE } from "../data/named_files.ts";
import { pairNamed } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { classKeyOf, type ClassList } from "./class_list.ts";

const LISTS = join("ImageSets", "SegmentationContext");

/**
 * Pascal Context (Mottaghi et al., 2014) in the layout that mmsegmentation's converter makes: the
 * folder VOC2010, or one above it, with masks of 0 for background and 1 to 59 for the classes in
 * SegmentationClassContext. With 60 classes background is one of them, as Segmenter and SETR count;
 * with 59 it is ignored and the classes are 0 to 58.
 */
export async function pascalContext(
  root: string,
  split: Split,
  count: 60 | 59,
): Promise<DiskDataset> {
  const place = await findLayout(root, {
    title: `Pascal Context's ${split} split`,
    within: [join("VOCdevkit", "VOC2010"), "VOC2010", ""],
    folders: ["JPEGImages", "SegmentationClassContext", LISTS],
    advice: "make them of VOC 2010 and the published annotations (see data/README.md), or give " +
      "another folder",
  });
  const images = await filesByName(join(place, "JPEGImages"), IMAGE_FILE);
  const labels = await filesByName(join(place, "SegmentationClassContext"), LABEL_FILE);
  const list = join(place, LISTS, `${split}.txt`);
  const dropped = 60 - count;
  const table = new Map([
    ...pascalContextClasses.map((_, value) =>
      [value, value < dropped ? IGNORE : value - dropped] as const
    ),
    [255, IGNORE],
  ]);
  return diskDataset({
    name: `pascal-context${count === 59 ? "-59" : ""}/${split}`,
    ...classKeyOf(pascalContextClasses.slice(dropped)),
    pairs: pairNamed(list, images, labels),
    tableFor: valuesOnly(table, "0 for background, 1 to 59 for the classes and 255"),
  });
}

/**
 * Pascal Context's background and 59 classes in the order of the published models' labels, that of
 * their names: mmsegmentation's converter and the masks that Segmenter trained on number them so,
 * whatever order 59_labels.txt and mmsegmentation's older list have (mmsegmentation#3021). Label k is
 * drawn in mmsegmentation's colour k.
 */
export const pascalContextClasses: ClassList = [
  ["background", [120, 120, 120]],
  ["aeroplane", [180, 120, 120]],
  ["bag", [6, 230, 230]],
  ["bed", [80, 50, 50]],
  ["bedclothes", [4, 200, 3]],
  ["bench", [120, 120, 80]],
  ["bicycle", [140, 140, 140]],
  ["bird", [204, 5, 255]],
  ["boat", [230, 230, 230]],
  ["book", [4, 250, 7]],
  ["bottle", [224, 5, 255]],
  ["building", [235, 255, 7]],
  ["bus", [150, 5, 61]],
  ["cabinet", [120, 120, 70]],
  ["car", [8, 255, 51]],
  ["cat", [255, 6, 82]],
  ["ceiling", [143, 255, 140]],
  ["chair", [204, 255, 4]],
  ["cloth", [255, 51, 7]],
  ["computer", [204, 70, 3]],
  ["cow", [0, 102, 200]],
  ["cup", [61, 230, 250]],
  ["curtain", [255, 6, 51]],
  ["dog", [11, 102, 255]],
  ["door", [255, 7, 71]],
  ["fence", [255, 9, 224]],
  ["floor", [9, 7, 230]],
  ["flower", [220, 220, 220]],
  ["food", [255, 9, 92]],
  ["grass", [112, 9, 255]],
  ["ground", [8, 255, 214]],
  ["horse", [7, 255, 224]],
  ["keyboard", [255, 184, 6]],
  ["light", [10, 255, 71]],
  ["motorbike", [255, 41, 10]],
  ["mountain", [7, 255, 255]],
  ["mouse", [224, 255, 8]],
  ["person", [102, 8, 255]],
  ["plate", [255, 61, 6]],
  ["platform", [255, 194, 7]],
  ["pottedplant", [255, 122, 8]],
  ["road", [0, 255, 20]],
  ["rock", [255, 8, 41]],
  ["sheep", [255, 5, 153]],
  ["shelves", [6, 51, 255]],
  ["sidewalk", [235, 12, 255]],
  ["sign", [160, 150, 20]],
  ["sky", [0, 163, 255]],
  ["snow", [140, 140, 140]],
  ["sofa", [250, 10, 15]],
  ["table", [20, 255, 0]],
  ["track", [31, 255, 0]],
  ["train", [255, 31, 0]],
  ["tree", [255, 224, 0]],
  ["truck", [153, 255, 0]],
  ["tvmonitor", [0, 0, 255]],
  ["wall", [255, 71, 0]],
  ["water", [0, 235, 255]],
  ["window", [0, 173, 255]],
  ["wood", [31, 0, 255]],
];
