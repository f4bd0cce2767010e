/** `deno task export`: a checkpoint as an ONNX file, or under PyTorch's names. */
import type { Command } from "commander";
import { openModel } from "../../lib/zoo/open.ts";
import { onnxFile, writeOnnx } from "../../lib/zoo/onnx_file.ts";
import { userPath } from "../support/paths.ts";
import { main, newCommand, whole } from "./command.ts";

interface Options {
  readonly onnx: string;
  readonly height?: number;
  readonly width?: number;
  readonly dynamicBatch?: true;
  readonly argmax?: true;
  readonly half?: true;
}

/** The command; its help says the defaults. */
export function exportCommand(): Command {
  return newCommand("export")
    .description(
      "Writes a network as a standard ONNX file (opset 20) for onnxruntime, onnxruntime-web and " +
        "others. Its metadata hold classes, palette, mean and std.",
    )
    .argument("<checkpoint>", "any checkpoint that `segment` reads: a file or a folder", userPath)
    .requiredOption("--onnx <file>", "where it goes", userPath)
    .option("--height <pixels>", "of the images (default: the model's window)", whole(1))
    .option("--width <pixels>", "(default: the model's window)", whole(1))
    .option("--dynamic-batch", "any number of images at a time, in place of one")
    .option("--argmax", "gives class indices [b, h, w] in place of logits [b, classes, h, w]")
    .option("--half", "stores weights in half precision: half as large, computes in single")
    .action(exportOn);
}

async function exportOn(checkpoint: string, options: Options): Promise<void> {
  const opened = await openModel(checkpoint);
  const model = onnxFile(opened, {
    height: options.height ?? opened.window,
    width: options.width ?? opened.window,
    dynamicBatch: options.dynamicBatch ?? false,
    argmax: options.argmax ?? false,
    half: options.half ?? false,
  });
  const [images, scores] = [model.inputs[0]!, model.outputs[0]!];
  for (const text of opened.assumed) console.log(`assumed: ${text}`);
  console.log(`${opened.kind}, ${opened.classes.length} classes`);
  console.log(`${images.name} ${images.dtype} [${images.shape.join(", ")}] to`);
  console.log(`${scores.name} ${scores.dtype} [${scores.shape.join(", ")}]`);
  console.log((await writeOnnx(options.onnx, model)).join("\n"));
}

if (import.meta.main) await main(exportCommand());
