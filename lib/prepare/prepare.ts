import { realpath, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { moveInto } from "../files.ts";
import { type ArchiveKind, archiveKind } from "./archive_kind.ts";
import { convertContextFolder, finishContext } from "./pascal_context_folder.ts";
import { convertContextJson } from "./pascal_context_json.ts";
import { CONTEXT_FOLDER } from "./pascal_context_lists.ts";
import { PUBLISHED_SETS, type PublishedName, type PublishedSet } from "./published_sets.ts";
import { unpack } from "./unpack.ts";
import { type SplitCount, verify } from "./verify.ts";

/** How far the archive that is under way has been read, in bytes. */
export interface PrepareProgress {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

/** Shows or ignores the progress. */
export type OnProgress = (progress: PrepareProgress) => void;

/**
 * Unpacks the published archives of a data set into the folder `out`, converts what needs it and
 * verifies the result. All is written to `out` + ".partial" and takes its place when it is whole; a
 * failure leaves neither, and what an interrupted run left there the next one removes.
 */
export async function prepareArchives(
  name: PublishedName,
  archives: readonly string[],
  out: string,
  onProgress: OnProgress,
): Promise<readonly SplitCount[]> {
  const set: PublishedSet = PUBLISHED_SETS[name];
  const files = await Promise.all(archives.map((path) => checked(name, path)));
  const place = await realpath(out).catch(() => out); // a link may lead to another disk
  const staged = `${place}.partial`;
  try {
    await rm(staged, { recursive: true, force: true });
    for (const { path, kind, size } of files) {
      const onBytes = (done: number) => onProgress({ name: basename(path), done, total: size });
      const { rules, archives: published } = set;
      const expected = `files of ${set.title} as in ${published}`;
      if (kind === "json") await convertContextJson(path, join(staged, CONTEXT_FOLDER), onBytes);
      else await unpack({ path, kind, rules, expected, folder: staged, onBytes });
    }
    if (name === "pascal-context") {
      await finishContext(join(staged, CONTEXT_FOLDER), join(out, "VOC2010"));
    }
    await moveInto(staged, out);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
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
