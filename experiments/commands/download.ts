/** `deno task download`: brings a published checkpoint from the Hugging Face hub to this disk. */
import type { Command } from "commander";
import { byteSize } from "../../lib/words.ts";
import { downloadCheckpoint, type Downloaded } from "../../lib/hub/download.ts";
import { hubSettings } from "../../lib/hub/settings.ts";
import { userPath } from "./paths.ts";
import { displaying, main, newCommand } from "./command.ts";
import { print, printError } from "./print.ts";

interface Options {
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
        "the cache, which Python's libraries share.",
    )
    .argument(
      "<name>",
      "a model id such as nvidia/segformer-b0-finetuned-ade-512-512; with /FILE behind it where a " +
        "repository holds several checkpoints",
    )
    .option("--revision <revision>", "a branch, a tag or a commit", "main")
    .option("--out <folder>", "for the files themselves (default: the cache)", userPath)
    .action(download);
}

async function download(name: string, { revision, out }: Options): Promise<void> {
  const settings = hubSettings();
  const downloaded = await displaying((display) =>
    downloadCheckpoint(name, {
      settings: { ...settings, cache: userPath(settings.cache) },
      revision,
      out,
      onProgress: ({ name: title, done, total, fetched }) =>
        display.show({ title, done, total, before: done - fetched, unit: "byte" }),
    })
  );
  printFiles(downloaded);
}

function printFiles({ folder, model, files, fetched, unchecked }: Downloaded): void {
  if (unchecked !== undefined) {
    printError(`${unchecked}\nWhat an earlier download brought is used, unchecked.`);
  }
  const width = Math.max(...files.map(({ name }) => name.length));
  for (const { name, size } of files) print(`${name.padEnd(width)}  ${byteSize(size)}`);
  if (unchecked === undefined) {
    print(`${byteSize(fetched)} downloaded, all hashes are right`);
  }
  const quoted = /\s/.test(model) ? `"${model}"` : model;
  print(`${folder}\ndeno task segment IMAGE --model ${quoted}`);
}

if (import.meta.main) await main(downloadCommand());
