import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isFolder } from "../files.ts";
import { isHidden } from "../listing.ts";
import { filesByName, IMAGE_FILE, LABEL_FILE, listed, type NamedFiles } from "./named_files.ts";

/**
 * The images of one folder and the label PNGs of another by name. Those of sub-folders are among them, as
 * `city/frame`, where both have a sub-folder of one name, or no image lies directly in the folder of
 * images; a folder within the other one is no sub-folder of it.
 */
export async function imagesAndLabels(
  imageDir: string,
  labelDir: string,
): Promise<readonly [NamedFiles, NamedFiles]> {
  const recursive = await hasSubFolders(imageDir, labelDir);
  const listing = { recursive };
  const [images, labels] = [
    await filesByName(imageDir, IMAGE_FILE, listing),
    await filesByName(labelDir, LABEL_FILE, listing),
  ];
  return [without(images, labelDir), without(labels, imageDir)];
}

async function hasSubFolders(imageDir: string, labelDir: string): Promise<boolean> {
  const direct = await listed(imageDir); // an error where it is no folder
  const [images, labels] = [await foldersIn(imageDir), await foldersIn(labelDir)];
  if (images.length === 0) return false;
  return images.some((name) => labels.includes(name)) ||
    !direct.some((file) => IMAGE_FILE.test(file)) && labels.length > 0;
}

async function foldersIn(dir: string): Promise<readonly string[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => !isHidden(name));
  const folders = await Promise.all(names.map((name) => isFolder(join(dir, name))));
  return names.filter((_, i) => folders[i]);
}

/** The files that do not lie in another folder. */
function without({ dir, byName }: NamedFiles, other: string): NamedFiles {
  const within = relative(dir, other);
  if (within === "" || within.startsWith("..")) return { dir, byName };
  const isOther = (file: string) => relative(dir, file).startsWith(within + sep);
  return { dir, byName: new Map([...byName].filter(([, file]) => !isOther(file))) };
}
