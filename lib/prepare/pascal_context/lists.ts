import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../../files.ts";

/** Where the folder VOC2010 lies below the data set's, as VOC's own archive has it. */
export const CONTEXT_FOLDER = "VOCdevkit/VOC2010";

/** The folder of Pascal Context's label PNGs in VOC2010, as mmsegmentation names it. */
export const CONTEXT_MASKS = "SegmentationClassContext";

const LISTS = join("ImageSets", "SegmentationContext");

/** Names of images without extension, for each split. */
export interface ContextSplits {
  readonly train: readonly string[];
  readonly val: readonly string[];
}

const SPLITS = ["train", "val"] as const;

/** Whether label PNGs and lists are in a folder VOC2010: the lists are what is written last. */
export function hasContext(voc: string): boolean {
  return [CONTEXT_MASKS, ...SPLITS.map((split) => join(LISTS, `${split}.txt`))]
    .every((path) => existsSync(join(voc, path)));
}

/** Writes the names as train.txt and val.txt into a folder VOC2010, in order, one a line. */
export async function writeContextLists(voc: string, splits: ContextSplits): Promise<void> {
  for (const split of SPLITS) {
    const lines = [...splits[split]].sort().map((name) => `${name}\n`);
    await writeAtomically(join(voc, LISTS, `${split}.txt`), lines.join(""));
  }
}

/**
 * Writes the lists for label PNGs that were made from MAT files, which come without: Pascal Context
 * splits its images as Pascal VOC 2010 does all of its own (ImageSets/Main: 4,998 and 5,105). The
 * PNGs are in the folder `made`, where the lists go too; VOC's lists are there or in `voc`.
 */
export async function listContextMasks(made: string, voc: string): Promise<void> {
  const masks = new Set(await readdir(join(made, CONTEXT_MASKS)));
  const named = async (split: string) =>
    (await namesOf(split, [made, voc])).filter((name) => masks.has(`${name}.png`));
  const splits = { train: await named("train"), val: await named("val") };
  if (splits.train.length + splits.val.length === 0) {
    throw new RangeError(
      `Cannot split Pascal Context: it needs label maps of the images that VOC2010/ImageSets/Main ` +
        `lists, got ${masks.size} others`,
    );
  }
  await writeContextLists(made, splits);
}

async function namesOf(split: string, folders: readonly string[]): Promise<string[]> {
  for (const folder of folders) {
    const path = join(folder, "ImageSets", "Main", `${split}.txt`);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text.split(/\s+/).filter((name) => name !== "");
  }
  throw new RangeError(
    `Cannot split Pascal Context: it needs Pascal VOC 2010's ImageSets/Main/${split}.txt, ` +
      `got none in ${folders.at(-1)}; give VOCtrainval_03-May-2010.tar as well`,
  );
}
