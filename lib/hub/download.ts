import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isHidden } from "../listing.ts";
import { contentOf, type OpenContent } from "./content.ts";
import {
  cacheDestination,
  type Destination,
  folderDestination,
  folderInCache,
} from "./destination.ts";
import { fetchFile } from "./fetch_file.ts";
import { listFolder, type Listing, type RemoteFile } from "./listing.ts";
import { type ModelName, parseModelName, requireRevision } from "./model_name.ts";
import { isIndex, isWeights, neededFiles, shardsOf } from "./needed_files.ts";
import { HubUnreachable } from "./requests.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

/** How far a download is, in bytes. */
export interface DownloadProgress {
  /** The file that is under way. */
  readonly name: string;
  /** What is there of all files. */
  readonly done: number;
  /** What all files have together. */
  readonly total: number;
  /** What came over the network since the download began; the rest was there before. */
  readonly fetched: number;
}

/** What to download, and where to. */
export interface DownloadOptions {
  /** Where the hub is; as the environment says if not given. */
  readonly settings: HubSettings;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** A folder for the files themselves; without it they go to the cache. */
  readonly out: string | undefined;
  /** Hears how far the download is. */
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** A checkpoint on this disk. */
export interface Downloaded {
  /** The folder with the files. */
  readonly folder: string;
  /** What to open as a model: the folder, or the weights in it where it holds other ones too. */
  readonly model: string;
  /** The files by name, with their sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** How many bytes came over the network. */
  readonly fetched: number;
  /** Why the hub was not asked, where the files are those of an earlier download. */
  readonly unchecked?: string;
}

/**
 * Brings a published checkpoint from the Hugging Face hub to this disk: its weights and the files
 * that describe them. What is there already is checked and kept. Where the hub cannot be reached,
 * an earlier download in the cache will do, and the result says so.
 */
export async function downloadCheckpoint(
  text: string,
  chosen: Partial<DownloadOptions> = {},
): Promise<Downloaded> {
  const options = { ...usual(), ...chosen };
  const name = parseModelName(`${text}`);
  requireRevision(options.revision);
  let listing: Listing;
  try {
    listing = await listFolder(options.settings, name, options.revision);
  } catch (error) {
    const before = error instanceof HubUnreachable && options.out === undefined
      ? await downloadedBefore(name, options)
      : undefined;
    if (!before) throw error;
    return { ...before, unchecked: (error as Error).message };
  }
  return await downloadListed(name, listing, options);
}

function usual(): DownloadOptions {
  return { settings: hubSettings(), revision: "main", out: undefined, onProgress: () => {} };
}

async function downloadListed(
  name: ModelName,
  { commit, files }: Listing,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { settings, revision, out } = options;
  const destination = out === undefined
    ? cacheDestination(settings.cache, name, revision, commit)
    : folderDestination(out);
  const bring = async (names: readonly string[], onProgress: DownloadOptions["onProgress"]) => {
    const wanted = names.map((name) => files.find((file) => file.name === name)!);
    const open = (file: RemoteFile) => contentOf(settings, { id: name.id, revision, commit }, file);
    return await bringFiles(wanted, destination, open, onProgress);
  };
  const names = files.map((file) => file.name);
  const { weights, descriptions } = neededFiles(name.id, names, name.file);
  const needed = [...descriptions, weights];
  let fetched = 0;
  if (isIndex(weights)) {
    fetched += await bring([weights], () => {});
    needed.push(...await shardsIn(destination.folder, weights, name.id, names));
  }
  fetched += await bring(needed, options.onProgress);
  await destination.finish();
  return await downloaded(destination.folder, weights, needed, fetched);
}

/** Brings files one after the other, and gives how many bytes came over the network. */
export async function bringFiles(
  files: readonly RemoteFile[],
  destination: Destination,
  open: (file: RemoteFile) => OpenContent,
  onProgress: DownloadOptions["onProgress"],
): Promise<number> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let [before, fetched] = [0, 0];
  for (const file of files) {
    await fetchFile(destination.target(file), file, open(file), (there, now) => {
      fetched += now;
      onProgress({ name: file.name, done: before + there, total, fetched });
    });
    await destination.name(file);
    before += file.size;
  }
  return fetched;
}

/** What an earlier download left in the cache, as far as it has all that is needed. */
async function downloadedBefore(
  name: ModelName,
  { settings, revision }: DownloadOptions,
): Promise<Downloaded | undefined> {
  const folder = await folderInCache(settings.cache, name, revision);
  if (folder === undefined || !existsSync(folder)) return undefined;
  // A link whose file is gone is in the list of a folder, too.
  const names = (await namesIn(folder)).filter((name) => existsSync(join(folder, name)));
  try {
    const { weights, descriptions } = neededFiles(name.id, names, name.file);
    const shards = isIndex(weights) ? await shardsIn(folder, weights, name.id, names) : [];
    return await downloaded(folder, weights, [...descriptions, weights, ...shards], 0);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // some of it is not there
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !isHidden(name));
}

async function shardsIn(folder: string, index: string, id: string, names: readonly string[]) {
  return shardsOf(id, await readFile(join(folder, index), "utf8"), names);
}

async function downloaded(
  folder: string,
  weights: string,
  names: readonly string[],
  fetched: number,
): Promise<Downloaded> {
  const others = (await namesIn(folder)).filter((name) => isWeights(name) && !names.includes(name));
  const sized = names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size }));
  return {
    folder,
    model: others.length === 0 ? folder : join(folder, weights),
    files: await Promise.all(sized),
    fetched,
  };
}
