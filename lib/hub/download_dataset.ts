import { existsSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../listing.ts";
import { counted, firstOf } from "../words.ts";
import { contentOf } from "./content.ts";
import { folderDestination } from "./destination.ts";
import { bringFiles, type DownloadProgress } from "./download.ts";
import { listDataset, type RemoteFile } from "./listing.ts";
import { parseDatasetName, requireRevision } from "./model_name.ts";
import type { HubSettings } from "./settings.ts";

/** What of a data set to download, and where to. */
export interface DatasetOptions {
  readonly settings: HubSettings;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** The folder that the files come to lie in, by their paths in the repository. */
  readonly out: string;
  /** Hears how far the download is. */
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** The files of a data set on this disk. */
export interface DownloadedDataset {
  readonly folder: string;
  /** The files by their paths in the folder, with their sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** How many bytes came over the network. */
  readonly fetched: number;
}

/** What says the terms and the classes of a data set, beside its Parquet files. */
const BESIDE = ["README.md", "id2label.json"];

const isParquet = (name: string) => /\.parquet$/i.test(name);

/** The branch on which the hub keeps Parquet files that it makes of a data set's own files. */
const CONVERTED = "refs/convert/parquet";

/**
 * Brings the Parquet files of a data set on the Hugging Face hub to a folder, with its README and
 * `id2label.json`. What is there already is checked and kept; a folder with Parquet files that the
 * data set does not have is refused, since they would be read as a part of it.
 */
export async function downloadDataset(
  text: string,
  { settings, revision, out, onProgress }: DatasetOptions,
): Promise<DownloadedDataset> {
  const id = parseDatasetName(text);
  requireRevision(revision);
  const { commit, files } = await listDataset(settings, id, revision);
  const parquet = files.filter(({ name }) => isParquet(name));
  if (parquet.length === 0) throw withoutParquet(id, revision, files);
  await requireOwn(id, out, parquet);
  const wanted = [...files.filter(({ name }) => BESIDE.includes(name)), ...parquet];
  const open = (file: RemoteFile) =>
    contentOf(settings, { id, kind: "dataset", revision, commit }, file);
  const fetched = await bringFiles(wanted, folderDestination(out), open, onProgress);
  return { folder: out, files: wanted.map(({ name, size }) => ({ name, size })), fetched };
}

function withoutParquet(id: string, revision: string, files: readonly RemoteFile[]): RangeError {
  const names = firstOf(files.map(({ name }) => name)) || "no files";
  return new RangeError(
    `Cannot download the data set ${id}: Parquet files (*.parquet) needed, got ${names}` +
      (revision === CONVERTED
        ? ""
        : `; the hub makes them of many data sets: try the revision ${CONVERTED}`),
  );
}

async function requireOwn(id: string, out: string, parquet: readonly RemoteFile[]): Promise<void> {
  if (!existsSync(out)) return;
  const paths = new Set(parquet.map(({ name }) => join(name)));
  const there = await listFiles(out, { recursive: true });
  const others = there.filter((name) => isParquet(name) && !paths.has(name));
  if (others.length === 0) return;
  throw new RangeError(
    `Cannot download the data set ${id} into ${out}: a folder without other Parquet files needed, ` +
      `got ${counted(others.length, "file")} that it does not have (${firstOf(others)}); remove ` +
      `them, or choose another folder`,
  );
}
