import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { takeLock } from "../../file_lock.ts";
import { isFolder, LOCK, writeAtomically } from "../../files.ts";
import { fillFolder } from "../../fill_folder.ts";
import type { OnProgress } from "../../progress.ts";
import { convertContextJson } from "./detail_json.ts";
import { CONTEXT_MASKS, hasContext, listContextMasks } from "./lists.ts";
import { contextPngOfMat } from "./masks.ts";

/**
 * Completes what archives of Pascal Context brought to the folder `made`, before it becomes `voc`, a
 * folder VOC2010: label PNGs from MAT files come without lists.
 */
export async function finishContext(made: string, voc: string): Promise<void> {
  if (existsSync(join(made, CONTEXT_MASKS)) && !hasContext(made)) await listContextMasks(made, voc);
}

/**
 * Makes label PNGs and lists in the folder VOC2010 that is `root` or in it, where they are not there,
 * of trainval_merged.json or of the folder trainval of MAT files, whichever is in one of the two.
 */
export async function convertContextFolder(root: string, onProgress: OnProgress): Promise<void> {
  const voc = await vocFolder(root);
  if (voc === undefined || hasContext(voc)) return; // the reader says what is missing
  using _ = await takeLock(join(voc, LOCK), `Cannot prepare Pascal Context in ${voc}`);
  await fillFolder(voc, (made) => convertInto(made, voc, [voc, root], onProgress));
}

async function convertInto(
  made: string,
  voc: string,
  places: readonly string[],
  onProgress: OnProgress,
): Promise<void> {
  const json = places.map((place) => join(place, "trainval_merged.json")).find(existsSync);
  if (json !== undefined) {
    const { size: total } = await stat(json);
    const title = basename(json);
    const onBytes = (done: number) => onProgress({ title, done, total, unit: "byte" });
    return await convertContextJson(json, made, onBytes);
  }
  const mats = places.map((place) => join(place, "trainval")).find(existsSync);
  if (mats === undefined) return;
  await convertMats(mats, made, onProgress);
  await listContextMasks(made, voc);
}

async function convertMats(mats: string, made: string, onProgress: OnProgress): Promise<void> {
  const names = (await readdir(mats)).filter((name) => /^\d{4}_\d{6}\.mat$/.test(name)).sort();
  if (names.length === 0) {
    throw new RangeError(
      `Cannot convert ${mats}: it needs Pascal Context's files as 2008_000002.mat, got none`,
    );
  }
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(mats, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  for (const [i, name] of names.entries()) {
    const path = join(mats, name);
    const png = await contextPngOfMat(await readFile(path), path);
    await writeAtomically(join(made, CONTEXT_MASKS, name.replace(/mat$/, "png")), png);
    onProgress({ title: basename(mats), done: done += sizes[i]!, total, unit: "byte" });
  }
}

async function vocFolder(root: string): Promise<string | undefined> {
  for (const place of [join(root, "VOCdevkit", "VOC2010"), join(root, "VOC2010"), root]) {
    if (await isFolder(join(place, "JPEGImages"))) return place;
  }
  return undefined;
}
