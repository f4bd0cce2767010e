import { existsSync } from "node:fs";
import { mkdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { spreadIndices } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import { takeLock } from "../file_lock.ts";
import { writeError } from "../files.ts";
import { fillFolder } from "../fill_folder.ts";
import type { OnProgress } from "../progress.ts";
import { type ArchiveKind, archiveKind } from "./archive.ts";
import { convertContextJson } from "./pascal_context/detail_json.ts";
import { convertContextFolder, finishContext } from "./pascal_context/folder.ts";
import { CONTEXT_FOLDER } from "./pascal_context/lists.ts";
import {
  PUBLISHED_SETS,
  type PublishedName,
  type PublishedSet,
  type PublishedSplit,
} from "./published_sets.ts";
import { unpack } from "./unpack.ts";

/** What was found of a split. */
export interface SplitCount {
  readonly name: string;
  /** Pairs of image and mask that are there. */
  readonly pairs: number;
  /** Pairs that were published. */
  readonly published: number;
  /** How many pairs were decoded and checked. */
  readonly checked: number;
}

/**
 * Unpacks the published archives of a data set into the folder `out`, converts what needs it and
 * verifies the result. All takes its place when it is whole, as `fillFolder` does it.
 */
export async function prepareArchives(
  name: PublishedName,
  archives: readonly string[],
  out: string,
  onProgress: OnProgress,
): Promise<readonly SplitCount[]> {
  const set: PublishedSet = PUBLISHED_SETS[name];
  const files = await Promise.all(archives.map((path) => checked(name, path)));
  const place = await realpath(out).catch(() => out);
  await mkdir(dirname(place), { recursive: true }).catch((cause) => {
    throw writeError(place, cause);
  });
  const lock = join(dirname(place), `.${basename(place)}.lock`);
  using _ = await takeLock(lock, `Cannot prepare ${set.title} in ${out}`);
  await fillFolder(out, async (folder) => {
    for (const { path, kind, size } of files) {
      const title = basename(path);
      const onBytes = (done: number) => onProgress({ title, done, total: size, unit: "byte" });
      const { rules, limits, archives: published } = set;
      const expected = `files of ${set.title} as in ${published}`;
      if (kind === "json") await convertContextJson(path, join(folder, CONTEXT_FOLDER), onBytes);
      else await unpack({ path, kind, rules, expected, limits, folder, onBytes });
    }
    if (name === "pascal-context") {
      await finishContext(join(folder, CONTEXT_FOLDER), join(out, "VOC2010"));
    }
  });
  return await verify(set, out);
}

/**
 * Verifies a data set that is unpacked already; Pascal Context's annotations are converted first where
 * they are there in a published form alone.
 */
export async function prepareFolder(
  name: PublishedName,
  root: string,
  onProgress: OnProgress,
): Promise<readonly SplitCount[]> {
  if (name === "pascal-context") await convertContextFolder(root, onProgress);
  return await verify(PUBLISHED_SETS[name], root);
}

interface ArchiveFile {
  readonly path: string;
  readonly kind: ArchiveKind;
  readonly size: number;
}

/** Looks at an archive before anything is written. */
async function checked(name: PublishedName, path: string): Promise<ArchiveFile> {
  const kind = await archiveKind(path);
  if (kind === "json" && name !== "pascal-context") {
    const { title, archives } = PUBLISHED_SETS[name];
    throw new RangeError(
      `Cannot prepare ${title}: it needs ${archives}, got the JSON file ${path}`,
    );
  }
  return { path, kind, size: (await stat(path)).size };
}

const SAMPLE = 16; // pairs of a split

/**
 * Opens each split that is in `root` by the data set's reader, which refuses images without masks
 * and masks without images, and decodes pairs spread over it, which refuses sizes that differ and
 * labels outside of the classes. A split that is not there counts 0; none at all is an error.
 */
async function verify(set: PublishedSet, root: string): Promise<readonly SplitCount[]> {
  const counts: SplitCount[] = [];
  for (const split of set.splits) {
    const there = set.within.some((place) => existsSync(join(root, place, split.sign)));
    const dataset = there ? await split.open(root) : undefined;
    counts.push({
      name: split.name,
      pairs: dataset?.length ?? 0,
      published: publishedFor(dataset?.length ?? 0, split),
      checked: dataset ? await checkSample(dataset) : 0,
    });
  }
  if (counts.every(({ pairs }) => pairs === 0)) await set.splits[0]!.open(root); // its error says all
  return counts;
}

/** Of the published numbers the one that is meant: the first that is not below what is there. */
function publishedFor(pairs: number, split: PublishedSplit): number {
  return split.pairs.find((published) => published >= pairs) ?? split.pairs.at(-1)!;
}

async function checkSample(dataset: Dataset): Promise<number> {
  const count = Math.min(SAMPLE, dataset.length);
  for (const index of spreadIndices(dataset.length, count)) await dataset.example(index);
  return count;
}
