import { mkdir, rename, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { writeError } from "../files.ts";
import { byteSize } from "../words.ts";
import type { OpenContent } from "./content.ts";
import type { RemoteFile } from "./listing.ts";
import { hashOf, PartialFile } from "./partial_file.ts";

/** Hears how many of a file's bytes are there, and how many of them came over the network just now. */
export type OnFetched = (there: number, fetched: number) => void;

/**
 * Brings a file to `target`, which at any time holds either nothing new or all of it with the right
 * hash. The bytes go to `target.incomplete`; what a broken download left there is continued. A file
 * that is at `target` already is checked, and replaced where its hash is wrong.
 */
export async function fetchFile(
  target: string,
  file: RemoteFile,
  open: OpenContent,
  onFetched: OnFetched,
): Promise<void> {
  const isThere = async () => {
    const intact = await hashOf(target, file) === file.hash.hex;
    if (intact) onFetched(file.size, 0);
    return intact;
  };
  try {
    if (await isThere()) return;
    await mkdir(dirname(target), { recursive: true });
    const path = `${target}.incomplete`;
    await using partial = await PartialFile.open(path, file);
    // Another process may have brought the file while this one waited for the lock.
    if (await isThere()) return await rm(path);
    await complete(partial, path, file, open, onFetched);
    await partial.sync();
    await rename(path, target);
  } catch (error) {
    const fromSystem = /^E[A-Z]+$/.test((error as { code?: string }).code ?? "");
    throw fromSystem ? writeError(target, error) : error;
  }
}

/** Fills a partial file; when what was there before turns out damaged, all is fetched once more. */
async function complete(
  partial: PartialFile,
  path: string,
  file: RemoteFile,
  open: OpenContent,
  onFetched: OnFetched,
): Promise<void> {
  if (partial.length > file.size) await partial.clear();
  const continued = partial.length > 0;
  await fill(partial, path, file, open, onFetched);
  if (continued && partial.hash() !== file.hash.hex) {
    await partial.clear();
    await fill(partial, path, file, open, onFetched);
  }
  const found = partial.hash();
  if (found === file.hash.hex) return;
  await rm(path);
  throw new TypeError(
    `Cannot download ${file.name}: ${file.hash.algorithm} ${file.hash.hex} needed, got ${found}; ` +
      `what came was thrown away, so run the command again`,
  );
}

async function fill(
  partial: PartialFile,
  path: string,
  file: RemoteFile,
  open: OpenContent,
  onFetched: OnFetched,
): Promise<void> {
  onFetched(partial.length, 0);
  if (partial.length === file.size) return;
  await requireSpace(path, file.size - partial.length);
  const { from, chunks } = await open(partial.length);
  if (from < partial.length) await partial.clear();
  for await (const bytes of chunks) {
    await partial.append(bytes);
    onFetched(partial.length, bytes.length);
  }
}

async function requireSpace(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= bytes) return;
  throw new RangeError(
    `Cannot write ${path}: ${byteSize(bytes)} of free space needed, got ` +
      `${
        byteSize(bavail * bsize)
      }; make room, or choose a folder on another disk (HF_HOME moves the cache)`,
  );
}
