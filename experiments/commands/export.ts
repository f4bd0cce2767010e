/** `deno task export`: a checkpoint as an ONNX file, or as PyTorch's code reads it. */
import type { Command } from "commander";
import { join } from "node:path";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { writeAtomically } from "../../lib/files.ts";
import { isAdapter, openAdapter } from "../../lib/models/adapter.ts";
import { openDifferences } from "../../lib/models/differences.ts";
import type { TrainedModel } from "../../lib/models/description.ts";
import { writeModel } from "../../lib/models/model_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { fixedSight } from "../../lib/models/onnx_description.ts";
import { inputInWords, onnxFile, writeDescribed } from "../../lib/models/onnx_file.ts";
import { publish } from "../../lib/models/publish.ts";
import { locatedModel, pretrainedFile } from "./located_model.ts";
import { dataPlaces, userPath } from "./paths.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { consoleTable } from "../../lib/report/table.ts";
import { comparedInt8, type Measured } from "../../lib/runs/int8_comparison.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";
import { byteSize, counted, share } from "../../lib/words.ts";
import { print } from "./print.ts";

interface Options {
  readonly onnx?: string;
  readonly pytorch?: string;
  readonly height?: number;
  readonly width?: number;
  readonly dynamicBatch?: true;
  readonly argmax?: true;
  readonly half?: true;
  readonly int8?: true;
  readonly data?: string;
  readonly base?: string;
  readonly merged?: string;
}

/** The command; its help says the defaults. */
export function exportCommand(): Command {
  return newCommand("export")
    .description(
      "Writes a network as a standard ONNX file (opset 20; RGB images, normalised by mean and std " +
        "of values 0 to 255, which its metadata and a JSON beside it hold, with classes, palette and how photos reach it; " +
        "of a panoptic or instance network also its queries' classes and masks), or as a folder that transformers (SegFormer) or the official Segmenter reads.",
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
      "the checkpoint is an adapter.safetensors of `train --lora-rank`, or holds differences to another " +
        "one's weights (EoMT on DINOv3 as published): what its training began from",
      userPath,
    )
    .option(
      "--merged <file>",
      "with --base and an adapter: where the whole network goes, as model.safetensors",
      userPath,
    )
    .option("--half", "its weights are stored in half precision: half as large, the same speed")
    .option(
      "--int8",
      "its linear layers are stored and computed in 8-bit integers: a quarter of the size, faster where " +
        "the processor has instructions for it",
    )
    .option(
      "--data <name>",
      `with --int8: says on its validation images what that changes; ${dataNames}`,
    )
    .action(exportOn);
}

async function exportOn(checkpoint: string, options: Options): Promise<void> {
  const { onnx, pytorch, base, merged, int8, data } = options;
  if (data !== undefined && !int8) {
    throw new TypeError(`Cannot compare on ${data}: --int8 needed, got none`);
  }
  if (onnx === undefined && pytorch === undefined && (merged === undefined || base === undefined)) {
    throw new TypeError(
      `Cannot export ${checkpoint}: --onnx, --pytorch, or --base with --merged needed, got none`,
    );
  }
  const { adapted, opened } = await openedFor(checkpoint, base, merged);
  print(`${opened.kind}, ${opened.classes.length} classes`);
  for (const text of opened.assumed) print(`assumed: ${text}`);
  if (adapted && merged !== undefined) print(`${merged} ${await writeModel(adapted, merged)}`);
  if (onnx !== undefined) await exportOnnx(opened, onnx, options);
  if (data !== undefined) await printComparison(opened, data);
  if (pytorch !== undefined) await exportPytorch(opened, pytorch);
}

/** The network, and the same once more where it is an adapter on a base. */
async function openedFor(
  checkpoint: string,
  base: string | undefined,
  merged: string | undefined,
): Promise<
  { readonly opened: OpenedModel; readonly adapted: (OpenedModel & TrainedModel) | null }
> {
  const path = await locatedModel(checkpoint);
  if (base === undefined) return { opened: await openModel(path), adapted: null };
  const file = await pretrainedFile(base);
  if (await isAdapter(path)) {
    const adapted = await openAdapter(path, file);
    return { opened: adapted, adapted };
  }
  if (merged !== undefined) {
    throw new TypeError(
      `Cannot write ${merged}: an adapter of a training needed, got ${checkpoint}; --pytorch writes the whole ` +
        `network of a published checkpoint`,
    );
  }
  return { opened: await openDifferences(path, file), adapted: null };
}

async function exportOnnx(opened: OpenedModel, path: string, options: Options): Promise<void> {
  const { window: [height, width] } = fixedSight(opened);
  const model = onnxFile(opened, {
    height: options.height ?? height,
    width: options.width ?? width,
    dynamicBatch: options.dynamicBatch ?? false,
    argmax: options.argmax ?? false,
    half: options.half ?? false,
    int8: options.int8 ?? false,
  });
  const [images] = model.inputs as [OnnxModel["inputs"][number]];
  print(`${images.name} ${images.dtype} [${images.shape.join(", ")}] to`);
  for (const { name, dtype, shape } of model.outputs) {
    print(`${name} ${dtype} [${shape.join(", ")}]`);
  }
  print(`${images.name}: ${inputInWords(opened)}`);
  print((await writeDescribed(path, opened, model)).join("\n"));
}

/** How many validation images show what 8-bit integers change. */
const COMPARED = 50;

/** Prints speed, size, classes and mIoU in 32-bit floats and in 8-bit integers. */
async function printComparison(opened: OpenedModel, name: string): Promise<void> {
  const data = await namedData(name, "val", dataPlaces, opened.reading);
  const { floats, integers, changed, images } = await displaying(({ show: onProgress }) =>
    comparedInt8(opened, data, COMPARED, { onProgress })
  );
  const row = (weights: string, { bytes, seconds, mIoU }: Measured) => ({
    weights,
    size: byteSize(bytes),
    "ms an image": (1000 * seconds / images).toPrecision(3),
    "mIoU (%)": (100 * mIoU).toFixed(2),
  });
  print(consoleTable([row("32-bit floats", floats), row("8-bit integers", integers)]));
  print(`${share(changed, 1)} of the pixels of ${counted(images, "image")} get another class`);
  if (integers.seconds < 0.9 * floats.seconds) return;
  print(
    `Warning: 8-bit integers do not pay here: ${
      (floats.seconds / integers.seconds).toFixed(2)
    } times as fast as floats`,
  );
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
