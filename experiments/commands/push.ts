/** `deno task push`: a trained network as a repository on the Hugging Face hub. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { hubSettings } from "../../lib/hub/settings.ts";
import { type UploadedFile, uploadModel } from "../../lib/hub/upload.ts";
import { exportModel } from "../../lib/models/onnx_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { publish } from "../../lib/models/publish.ts";
import { readConfig, readSummary } from "../../lib/runs/run_files.ts";
import { byteSize } from "../../lib/words.ts";
import { main, newCommand } from "./command.ts";
import { modelCard } from "./model_card.ts";
import { userPath } from "./paths.ts";
import { print } from "./print.ts";

/** The command; its help says the defaults. */
export function pushCommand(): Command {
  return newCommand("push")
    .description(
      "Uploads the network of a finished run to the Hugging Face hub, in one commit: weights as " +
        "transformers reads them (SegFormer) or as Seglab writes them, an ONNX file with its JSON, and " +
        "a model card with data, classes, scores and how to use it. HF_TOKEN needs the right to write; " +
        "HF_ENDPOINT names another address than https://huggingface.co.",
    )
    .argument("<run>", "the folder of a finished run")
    .requiredOption("--to <user/name>", "the repository; it is made where it is not there")
    .action(push);
}

async function push(run: string, { to }: { readonly to: string }): Promise<void> {
  const folder = userPath(run);
  const settings = hubSettings();
  const [config, summary] = [await readConfig(folder), await readSummary(folder)];
  const model = await openModel(folder);
  const transformers = model.architecture.family.publishing?.reader === "transformers";
  const weights = join(folder, "model.safetensors");
  const temporary = await mkdtemp(join(tmpdir(), "seglab-push-"));
  try {
    const card = new Blob([modelCard({ id: to, model, config, summary, transformers })]);
    const files = [
      { path: "README.md", content: card },
      ...transformers
        ? await published(model, temporary)
        : [await fileOf(weights), await fileOf(join(folder, "config.json"))],
      ...await Promise.all((await exportModel(model, join(temporary, "model.onnx"))).map(fileOf)),
    ];
    const { url, commit } = await uploadModel(to, files, settings);
    const width = Math.max(...files.map(({ path }) => path.length));
    for (const { path, content } of files) {
      print(`${path.padEnd(width)}  ${byteSize(content.size)}`);
    }
    print(`${url} (commit ${commit.slice(0, 8)})\ndeno task download ${to}`);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

async function published(model: OpenedModel, folder: string): Promise<UploadedFile[]> {
  const { tensors, file, files, notes } = publish(model);
  const path = join(folder, file);
  // transformers refuses a file that does not say whose it is.
  await writeSafetensors(path, tensors, { metadata: { format: "pt" } });
  for (const note of notes) print(note);
  const texts = Object.entries(files).map(([path, text]) => ({ path, content: new Blob([text]) }));
  return [await fileOf(path), ...texts];
}

async function fileOf(path: string): Promise<UploadedFile> {
  return { path: basename(path), content: new Blob([await readFile(path)]) };
}

if (import.meta.main) await main(pushCommand());
