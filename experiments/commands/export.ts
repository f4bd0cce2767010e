/** `deno task export`: a checkpoint as an ONNX file, or as PyTorch's code reads it. */
import type { Command } from "commander";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { writeAtomically } from "../../lib/files.ts";
import { openAdapter } from "../../lib/models/adapter.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { fixedSight } from "../../lib/models/onnx_description.ts";
import { inputInWords, onnxFile, writeDescribed } from "../../lib/models/onnx_file.ts";
import { publish } from "../../lib/models/publish.ts";
import { locatedModel, pretrainedFile } from "./located_model.ts";
import { userPath } from "./paths.ts";
import { main, newCommand, whole } from "./command.ts";
import { print } from "./print.ts";

interface Options {
  readonly onnx?: string;
  readonly pytorch?: string;
  readonly height?: number;
  readonly width?: number;
  readonly dynamicBatch?: true;
  readonly argmax?: true;
  readonly half?: true;
  readonly base?: string;
  readonly merged?: string;
}

/** The command; its help says the defaults. */
export function exportCommand(): Command {
  return newCommand("export")
    .description(
      "Writes a network as a standard ONNX file (opset 20; RGB images, normalised by mean and std " +
        "of values 0 to 255, which its metadata and a JSON beside it hold, with classes, palette and how photos reach it), or as a folder that transformers (SegFormer) or the official Segmenter reads.",
    )
    .argument("<checkpoint>", "what `segment --model` takes: a file, a folder, or a model id")
    .option("--onnx <file>", "where an ONNX file goes", userPath)
    .option("--pytorch <folder>", "where safetensors under PyTorch's names go", userPath)
    .option(
      "--height <pixels>",
      "of an ONNX file's images (default: as the model sees them)",
      whole(1),
    )
    .option("--width <pixels>", "(default: as the model sees them)", whole(1))
    .option("--dynamic-batch", "an ONNX file for any number of images, in place of one")
    .option("--argmax", "it gives class indices [b, h, w] in place of logits [b, classes, h, w]")
    .option(
      "--base <checkpoint>",
      "the checkpoint is an adapter.safetensors of `train --lora-rank`: what its training began from",
      userPath,
    )
    .option(
      "--merged <file>",
      "with --base: where the whole network goes, as model.safetensors",
      userPath,
    )
    .option("--half", "its weights are stored in half precision: half as large, the same speed")
    .action(exportOn);
}

async function exportOn(checkpoint: string, options: Options): Promise<void> {
  const { onnx, pytorch, base, merged } = options;
  if (onnx === undefined && pytorch === undefined && (merged === undefined || base === undefined)) {
    throw new TypeError(
      `Cannot export ${checkpoint}: --onnx, --pytorch, or --base with --merged needed, got none`,
    );
  }
  const adapted = base === undefined
    ? null
    : await openAdapter(userPath(checkpoint), await pretrainedFile(base));
  const opened = adapted ?? await openModel(await locatedModel(checkpoint));
  print(`${opened.kind}, ${opened.classes.length} classes`);
  for (const text of opened.assumed) print(`assumed: ${text}`);
  if (adapted && merged !== undefined) print(`${merged} ${await writeModel(adapted, merged)}`);
  if (onnx !== undefined) await exportOnnx(opened, onnx, options);
  if (pytorch !== undefined) await exportPytorch(opened, pytorch);
}

async function exportOnnx(opened: OpenedModel, path: string, options: Options): Promise<void> {
  const { window: [height, width] } = fixedSight(opened);
  const model = onnxFile(opened, {
    height: options.height ?? height,
    width: options.width ?? width,
    dynamicBatch: options.dynamicBatch ?? false,
    argmax: options.argmax ?? false,
    half: options.half ?? false,
  });
  const [images, scores] = [model.inputs[0]!, model.outputs[0]!];
  print(`${images.name} ${images.dtype} [${images.shape.join(", ")}] to`);
  print(`${scores.name} ${scores.dtype} [${scores.shape.join(", ")}]`);
  print(`${images.name}: ${inputInWords(opened)}`);
  print((await writeDescribed(path, opened, model)).join("\n"));
}

async function exportPytorch(opened: OpenedModel, folder: string): Promise<void> {
  const { tensors, file, files, notes } = publish(opened);
  for (const [name, text] of Object.entries(files)) {
    await writeAtomically(join(folder, name), text);
    print(join(folder, name));
  }
  // transformers refuses a file that does not say whose it is.
  await writeSafetensors(join(folder, file), tensors, { metadata: { format: "pt" } });
  print(join(folder, file));
  for (const note of notes) print(note);
}

if (import.meta.main) await main(exportCommand());
