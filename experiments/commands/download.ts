/** `deno task download`: brings a published checkpoint or a data set from the Hugging Face hub to this disk. */
import type { Command } from "commander";
import { join } from "node:path";
import { unpackParquet } from "../../lib/annotations/parquet/unpack_parquet.ts";
import { byteSize, counted } from "../../lib/words.ts";
import {
  downloadCheckpoint,
  type Downloaded,
  type DownloadProgress,
} from "../../lib/hub/download.ts";
import { downloadDataset } from "../../lib/hub/download_dataset.ts";
import { parseDatasetName } from "../../lib/hub/model_name.ts";
import { type HubSettings, hubSettings } from "../../lib/hub/settings.ts";
import type { Progress } from "../../lib/progress.ts";
import { licenceOf } from "../../lib/models/licence.ts";
import { hubFolder } from "../../lib/sets/hub_folder.ts";
import { dataPlaces, userPath } from "./paths.ts";
import { displaying, main, newCommand } from "./command.ts";
import { print, printError } from "./print.ts";

interface Options {
  readonly dataset?: true;
  readonly revision: string;
  readonly out?: string;
}

/** The command; its help says the defaults. */
export function downloadCommand(): Command {
  return newCommand("download")
    .description(
      "Brings a published checkpoint from the Hugging Face hub: its weights (model.safetensors, or " +
        "its index and shards, or pytorch_model.bin, or the only .safetensors, .pth, .pt or .npz " +
        "there is), config.json, preprocessor_config.json and variant.yml. A download that broke " +
        "goes on where it was, and every file's hash is checked. HF_ENDPOINT names another address " +
        "than https://huggingface.co, to which Deno asks for permission (or give it: deno run -P=hub " +
        "--allow-net=HOST experiments/commands/download.ts), HF_TOKEN opens private and gated models, and HF_HOME moves " +
        "the cache, which Python's libraries share. With --dataset it brings the Parquet files of a data " +
        "set with an image and a mask column, and unpacks its pictures beside them.",
    )
    .argument(
      "<name>",
      "a model id such as nvidia/segformer-b0-finetuned-ade-512-512; with /FILE behind it where a " +
        "repository holds several checkpoints; with --dataset the id of a data set",
    )
    .option("--dataset", "a data set: it is then --data hub:USER/NAME")
    .option("--revision <revision>", "a branch, a tag or a commit", "main")
    .option(
      "--out <folder>",
      "for the files themselves (default: the cache; of a data set data/hub/USER/NAME)",
      userPath,
    )
    .action(download);
}

async function download(name: string, options: Options): Promise<void> {
  const settings = hubSettings();
  if (options.dataset) return await downloadData(name, settings, options);
  const { revision, out } = options;
  const downloaded = await displaying(({ show }) =>
    downloadCheckpoint(name, {
      settings: { ...settings, cache: userPath(settings.cache) },
      revision,
      out,
      onProgress: (progress) => show(shownBytes(progress)),
    })
  );
  printFiles(downloaded);
  const licence = await licenceOf(downloaded.model);
  if (licence !== null) print(`licence of the weights: ${licence}`);
}

function shownBytes({ name: title, done, total, fetched }: DownloadProgress): Progress {
  return { title, done, total, before: done - fetched, unit: "byte" };
}

async function downloadData(
  name: string,
  settings: HubSettings,
  { revision, out }: Options,
): Promise<void> {
  const folder = out ?? hubFolder(dataPlaces.published, parseDatasetName(name));
  const { files, fetched } = await displaying(({ show }) =>
    downloadDataset(name, {
      settings,
      revision,
      out: folder,
      onProgress: (progress) => show(shownBytes(progress)),
    })
  );
  printSizes(files);
  print(`${byteSize(fetched)} downloaded, all hashes are right`);
  const parquet = files.filter(({ name }) => /\.parquet$/i.test(name)).map(({ name }) =>
    join(name)
  );
  const { folder: unpacked, facts: { train, val } } = await displaying(({ show }) =>
    unpackParquet(folder, parquet, undefined, show)
  );
  print(`${counted(train.images, "image")} of train and ${val.images} of val in ${unpacked}`);
  print(`deno task check-labels ${quoted(out ?? `hub:${name}`)}`);
}

function printFiles({ folder, model, files, fetched, unchecked }: Downloaded): void {
  if (unchecked !== undefined) {
    printError(`${unchecked}\nWhat an earlier download brought is used, unchecked.`);
  }
  printSizes(files);
  if (unchecked === undefined) {
    print(`${byteSize(fetched)} downloaded, all hashes are right`);
  }
  print(`${folder}\ndeno task segment IMAGE --model ${quoted(model)}`);
}

function printSizes(files: Downloaded["files"]): void {
  const width = Math.max(...files.map(({ name }) => name.length));
  for (const { name, size } of files) print(`${name.padEnd(width)}  ${byteSize(size)}`);
}

function quoted(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

if (import.meta.main) await main(downloadCommand());
