import {
  gapless,
  type Protocol,
  RATIOS,
  type Resize,
  type Windows,
} from "../inference/protocol.ts";

/** The papers whose test protocols are known. */
export const families = ["segmenter", "segformer", "setr"] as const;

/** A paper by the name of its network. */
export type Family = typeof families[number];

/** What of a protocol depends on the model or is chosen by whoever evaluates. */
export interface PublishedChoice {
  /** Side of the model's windows: the crops that it was trained with, in pixels. */
  readonly window: number;
  /** In place of the published stride. */
  readonly stride?: number;
  readonly multiScale: boolean;
  readonly flip: boolean;
  /** SETR's heads have scales of their own on ADE20K. */
  readonly head?: "naive" | "pup" | "mla";
}

/** What a family does on a data set: everything but scales and mirror images. */
type Base = Pick<Protocol, "resize" | "multiple" | "windows">;

const box = (long: number, short: number): Resize => ({ to: "box", box: { long, short } });
const own: Resize = { to: "own size" };

/**
 * Segmenter (segm/config.yml, segm/eval/miou.py): the box is (ratio · im_size, im_size), where im_size is
 * the window but for Pascal Context and Cityscapes; windows are 32 pixels less than a window apart.
 */
function segmenter(data: string, { window }: PublishedChoice): Base {
  const resize: Readonly<Record<string, Resize>> = {
    ade20k: box(4 * window, window),
    "pascal-context": box(4160, 520),
    cityscapes: box(2048, 1024),
  };
  const windows: Windows = { window, stride: Math.max(window - 32, 1), enlarge: true };
  return { resize: resize[data] ?? own, multiple: 1, windows };
}

/**
 * SegFormer (local_configs/segformer): whole images with both sides rounded up to multiples of 32, and
 * on Cityscapes windows of the training crop, 1024, each 768 pixels.
 */
function segformer(data: string, { window }: PublishedChoice): Base {
  if (data === "cityscapes") {
    const windows = { window, stride: Math.max(1, Math.floor(window * 3 / 4)), enlarge: false };
    return { resize: box(2048, 1024), multiple: 1, windows };
  }
  // B5 on ADE20K is trained with crops of 640 and tested in (2048, 640); the others with 512.
  const resize = data === "ade20k" || data === "coco-stuff" ? box(2048, window) : own;
  return { resize, multiple: 32, windows: null };
}

/** SETR (configs/SETR): the short side at least a crop, windows two thirds of a crop apart. */
function setr(data: string, { window }: PublishedChoice): Base {
  const short: Readonly<Record<string, number>> = {
    ade20k: 512,
    "pascal-context": 520,
    cityscapes: 1025,
  };
  const known = short[data];
  const resize: Resize = known ? { to: "short side", short: known, least: window } : own;
  const windows = { window, stride: Math.max(1, Math.floor(window * 2 / 3)), enlarge: false };
  return { resize, multiple: 1, windows: known ? windows : { ...windows, enlarge: true } };
}

const bases = { segmenter, segformer, setr } as const satisfies Record<
  Family,
  (data: string, choice: PublishedChoice) => Base
>;

/**
 * The test protocol of a paper on a data set: `ade20k`, `pascal-context`, `cityscapes` or `coco-stuff`.
 * On others, which the papers do not have, images keep their own size.
 */
export function publishedProtocol(family: Family, data: string, choice: PublishedChoice): Protocol {
  const { resize, multiple, windows } = bases[family](data, choice);
  return {
    resize,
    multiple,
    windows: windows && gapless({ ...windows, stride: choice.stride ?? windows.stride }),
    ratios: choice.multiScale ? scales(family, data, choice) : [1],
    flip: choice.flip,
  };
}

/** Each paper's scales (segm/eval/miou.py, tools/test.py of SegFormer, configs/SETR/*_MS.py). */
function scales(family: Family, data: string, { head }: PublishedChoice): readonly number[] {
  if (family === "segformer" && data === "ade20k") return [0.75, 0.875, 1, 1.125, 1.25];
  if (family === "segformer" && data === "cityscapes") return [...RATIOS, 2];
  if (family === "setr" && data === "ade20k" && head !== "pup") return [0.5, 0.75, 1];
  return RATIOS;
}
