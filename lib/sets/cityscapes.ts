import { join } from "node:path";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { diskDataset, findLayout } from "../data/disk_dataset.ts";
import { valuesOnly } from "../data/label_table.ts";
import { filesByName } from "../data/named_files.ts";
import { pairUp, withInstances } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { classKeyOf, type ClassList } from "./class_list.ts";

// The ids of the 19 classes in the order of their train ids, and the last of all ids, as in
// cityscapesScripts, helpers/labels.py. A license plate's -1 would be 255 in 8 bits.
const IDS = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];
const LAST_ID = 33;
/** The train id from which on classes are of things that have instances: person to bicycle. */
const FIRST_THING = 11;

const TRAIN_IDS = new Map([...IDS.keys().map((i) => [i, i] as const), [255, IGNORE]]);
/** The train id of each label id, IGNORE for those that are not evaluated. */
export const LABEL_IDS: ReadonlyMap<number, number> = new Map(
  [...Array(LAST_ID + 1).keys(), 255].map((id) => {
    const trainId = IDS.indexOf(id);
    return [id, trainId < 0 ? IGNORE : trainId];
  }),
);

const ofTrainIds = valuesOnly(TRAIN_IDS, "train ids 0 to 18 and 255");
const ofLabelIds = valuesOnly(LABEL_IDS, `label ids 0 to ${LAST_ID}`);

/**
 * Cityscapes (Cordts et al., 2016), fine annotations, with the 19 classes that are evaluated; frames
 * are named `city/city_sequence_frame`. A frame's labels are its `gtFine_labelTrainIds.png` where
 * that was made, or else its `gtFine_labelIds.png` by the published table. Instances are those of
 * `gtFine_instanceIds.png`: class id × 1000 + n for a thing, and none for a group or for stuff.
 */
export async function cityscapes(root: string, split: Split): Promise<DiskDataset> {
  const [left, fine] = [join("leftImg8bit", split), join("gtFine", split)];
  await findLayout(root, {
    title: `Cityscapes' ${split} split`,
    within: [""],
    folders: [left, fine],
    advice: "unpack leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip there (see " +
      "data/README.md), or give another folder",
  });
  const below = (folder: string, ending: RegExp) =>
    filesByName(join(root, folder), ending, { recursive: true });
  const images = await below(left, /_leftImg8bit\.png$/);
  const ids = await below(fine, /_gtFine_labelIds\.png$/);
  const trainIds = await below(fine, /_gtFine_labelTrainIds\.png$/);
  const labels = { dir: ids.dir, byName: new Map([...ids.byName, ...trainIds.byName]) };
  const advice =
    `a frame CITY/NAME needs ${join(left, "CITY", "NAME_leftImg8bit.png")} and beside it ` +
    `${join(fine, "CITY", "NAME_gtFine_labelTrainIds.png")} or NAME_gtFine_labelIds.png, which ` +
    `gtFine_trainvaltest.zip holds`;
  const instances = await below(fine, /_gtFine_instanceIds\.png$/);
  return diskDataset({
    name: `cityscapes/${split}`,
    ...classKeyOf(cityscapesClasses),
    pairs: pairUp(images, labels, advice).then((pairs) => withInstances(pairs, instances)),
    tableFor: (raw, file) =>
      (file.endsWith("_labelTrainIds.png") ? ofTrainIds : ofLabelIds)(raw, file),
    instanceOf: (id) => id < 1000 ? 0 : id,
    things: cityscapesClasses.map((_, trainId) => trainId >= FIRST_THING),
  });
}

/** Cityscapes' 19 evaluated classes in the order of its train ids, with its colours. */
export const cityscapesClasses: ClassList = [
  ["road", [128, 64, 128]],
  ["sidewalk", [244, 35, 232]],
  ["building", [70, 70, 70]],
  ["wall", [102, 102, 156]],
  ["fence", [190, 153, 153]],
  ["pole", [153, 153, 153]],
  ["traffic light", [250, 170, 30]],
  ["traffic sign", [220, 220, 0]],
  ["vegetation", [107, 142, 35]],
  ["terrain", [152, 251, 152]],
  ["sky", [70, 130, 180]],
  ["person", [220, 20, 60]],
  ["rider", [255, 0, 0]],
  ["car", [0, 0, 142]],
  ["truck", [0, 0, 70]],
  ["bus", [0, 60, 100]],
  ["train", [0, 80, 100]],
  ["motorcycle", [0, 0, 230]],
  ["bicycle", [119, 11, 32]],
];
