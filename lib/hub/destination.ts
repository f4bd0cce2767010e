import { copyFile, mkdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { getRepoFolderName } from "@huggingface/hub";
import { writeAtomically, writeError } from "../files.ts";
import type { RemoteFile } from "./listing.ts";
import type { ModelName } from "./model_name.ts";

/** Where the files of a folder of a model come to lie. */
export interface Destination {
  /** The folder in which they have their names. */
  readonly folder: string;
  /** Where a file's bytes go. */
  target(file: RemoteFile): string;
  /** Gives a file whose bytes are there its name in the folder. */
  name(file: RemoteFile): Promise<void>;
  /** Says that all files are there. */
  finish(): Promise<void>;
}

/** A folder of the user's with the files themselves. */
export function folderDestination(folder: string): Destination {
  return {
    folder,
    target: ({ name }) => join(folder, name),
    name: () => Promise.resolve(),
    finish: () => Promise.resolve(),
  };
}

/**
 * The cache that Hugging Face's libraries share, so that Python finds what Seglab downloads and the
 * other way round: `models--ORGANISATION--NAME/blobs/HASH` holds the bytes, `snapshots/COMMIT/PATH`
 * links there, and `refs/REVISION` says the commit.
 */
export function cacheDestination(
  cache: string,
  { id, folder: path }: ModelName,
  revision: string,
  commit: string,
): Destination {
  const repository = repositoryIn(cache, id);
  const folder = join(repository, "snapshots", commit, path);
  const target = ({ hash }: RemoteFile) => join(repository, "blobs", hash.hex);
  return {
    folder,
    target,
    name: (file) => link(target(file), join(folder, file.name)),
    finish: async () => {
      if (revision === commit || await commitOf(cache, id, revision) === commit) return;
      await writeAtomically(join(repository, "refs", revision), commit).catch(async (error) => {
        // Another process may have been faster.
        if (await commitOf(cache, id, revision) !== commit) throw error;
      });
    },
  };
}

/** The folder in the cache that a revision's last download went to; undefined where none did. */
export async function folderInCache(
  cache: string,
  { id, folder }: ModelName,
  revision: string,
): Promise<string | undefined> {
  const commit = /^[0-9a-f]{40}$/.test(revision) ? revision : await commitOf(cache, id, revision);
  return commit && join(repositoryIn(cache, id), "snapshots", commit, folder);
}

function repositoryIn(cache: string, id: string): string {
  return join(cache, getRepoFolderName({ type: "model", name: id }));
}

async function commitOf(cache: string, id: string, revision: string): Promise<string | undefined> {
  const ref = join(repositoryIn(cache, id), "refs", revision);
  return (await readFile(ref, "utf8").catch(() => undefined))?.trim();
}

/** Makes `path` a relative link to `target`; a copy where the system has no links. */
async function link(target: string, path: string): Promise<void> {
  const to = relative(dirname(path), target);
  const isLinked = async () => await readlink(path).catch(() => undefined) === to;
  if (await isLinked()) return;
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await symlink(to, path);
  } catch (error) {
    if (await isLinked()) return; // another process was faster
    await copyFile(target, path).catch(() => {
      throw writeError(path, error);
    });
  }
}
