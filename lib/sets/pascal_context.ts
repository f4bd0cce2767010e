import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { findLayout } from "../data/layout.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE, pairNamed } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { namesAndColours } from "./class_lists/class_list.ts";
import { pascalContext as classes } from "./class_lists/pascal_context.ts";

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
    ...classes.map((_, value) => [value, value < dropped ? IGNORE : value - dropped] as const),
    [255, IGNORE],
  ]);
  return diskDataset({
    name: `pascal-context${count === 59 ? "-59" : ""}/${split}`,
    ...namesAndColours(classes.slice(dropped)),
    pairs: pairNamed(list, images, labels),
    tableFor: valuesOnly(table, "0 for background, 1 to 59 for the classes and 255"),
  });
}
