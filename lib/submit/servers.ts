import { ade20kClasses } from "../sets/ade20k.ts";
import { cityscapesClasses, LABEL_IDS } from "../sets/cityscapes.ts";
import { classKeyOf } from "../sets/class_list.ts";

/** A server that scores label maps of a test set, whose labels are not public, and what it takes. */
export interface TestServer {
  readonly title: string;
  readonly classes: readonly string[];
  /** The value that each class has in a submitted label map. */
  readonly values: readonly number[];
  /** Images of the test set. */
  readonly images: number;
  /** Names of images without extension; a label map has the same one. */
  readonly names: RegExp;
  /** Such a name, and the folder of the test images in what is published. */
  readonly example: string;
  readonly folder: string;
  /** Size in pixels where all images have the same. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

/** Cityscapes' label id of each of the 19 classes. */
const CITYSCAPES_IDS = new Map([...LABEL_IDS].map(([id, trainId]) => [trainId, id]));

/**
 * ADE20K: release_test.zip's readme.txt asks for a grey value of 1 to 150 in the size of each of 3,352
 * images, under the image's name with .png, in one zip (also README.md of CSAILVision/sceneparsing;
 * numbers of files go up to 3489, with gaps). Names of the other splits are let through, to try out.
 *
 * Cityscapes: label ids, not train ids, in one channel of the image's size, one file for each of 1,525
 * images, its name beginning with city_sequence_frame (cityscapesScripts: README.md,
 * evaluation/evalPixelLevelSemanticLabeling.py, and its issue 65); mmseg too keeps the whole name.
 */
export const testServers = {
  ade20k: {
    title: "ADE20K",
    classes: classKeyOf(ade20kClasses).classes,
    values: ade20kClasses.map((_, label) => label + 1),
    images: 3352,
    names: /^ADE_(test|val|train)_\d{8}$/,
    example: "ADE_test_00000001.jpg",
    folder: "release_test/testing",
    size: null,
  },
  cityscapes: {
    title: "Cityscapes",
    classes: classKeyOf(cityscapesClasses).classes,
    values: cityscapesClasses.map((_, trainId) => CITYSCAPES_IDS.get(trainId)!),
    images: 1525,
    names: /^[^_]+_\d{6}_\d{6}_leftImg8bit$/,
    example: "berlin_000000_000019_leftImg8bit.png",
    folder: "leftImg8bit/test",
    size: { width: 2048, height: 1024 },
  },
} as const satisfies Readonly<Record<string, TestServer>>;
