/** `deno task segment`: the class of every pixel of pictures, by any checkpoint. */
import type { Command } from "commander";
import { progress } from "../../lib/report/progress.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { segmentAll } from "../../lib/segment/many.ts";
import { makeOutputFolder, stemsIn, writeSegmentation } from "../../lib/segment/outputs.ts";
import { openPictureModel, type PictureModel } from "../../lib/segment/picture_model.ts";
import type { ClassArea } from "../../lib/segment/segmentation.ts";
import { locatedModel } from "./located_model.ts";
import { userPath } from "./paths.ts";
import { main, newCommand, whole } from "./command.ts";

interface Options {
  readonly model: string;
  readonly out: string;
  readonly classes?: string;
  readonly window?: number;
  readonly stride?: number;
  readonly multiScale?: boolean;
  readonly flip?: boolean;
  readonly threads: number;
}

/** The command; its help says the defaults. */
export function segmentCommand(): Command {
  return newCommand("segment")
    .description(
      "Gives every pixel of pictures a class: for each picture an overlay with a legend, the label " +
        "map as a palette PNG, and JSON with the area and the mean confidence of each class; a table " +
        "has the areas in all pictures together.",
    )
    .argument("<images...>", "images, folders of images, or patterns like 'photos/**/*.jpg'")
    .requiredOption(
      "--model <name>",
      "a checkpoint of any published kind, the folder of one or of a run, or the id of a model " +
        "that `deno task download` got",
    )
    .option("--out <folder>", "where the files go", userPath, userPath("segmentations"))
    .option(
      "--classes <file>",
      "names of the classes, one a line, or a JSON description (data/README.md)",
      userPath,
    )
    .option("--window <pixels>", "slide windows of this side over the picture", whole(1))
    .option("--stride <pixels>", "their distance (default: the model's)", whole(1))
    .option("--multi-scale", "the mean of six scales, 0.5 to 1.75: six times slower or more")
    .option("--flip", "the mean with the mirror image: twice slower")
    .option("--threads <n>", "threads of the network", whole(1), navigator.hardwareConcurrency)
    .action(segment);
}

async function segment(names: readonly string[], options: Options): Promise<void> {
  const { out, classes, model: name, ...rest } = options;
  const files = await listPictures(names.map(userPath));
  const classFile = classes === undefined ? {} : { classFile: classes };
  const model = await openPictureModel(await locatedModel(name), { ...rest, ...classFile });
  for (const text of model.assumed) console.log(`assumed: ${text}`);
  await makeOutputFolder(out);
  const { areas, failed } = await segmentFiles(model, files, out);
  const done = files.length - failed;
  if (done > 1) console.log(`${done} pictures together:`);
  if (done > 0) console.log(consoleTable(areas.map(rowOf)));
  console.log(out);
  if (failed > 0) {
    throw new Error(
      `Cannot segment ${failed} of ${files.length} pictures: readable ones needed, see above; ` +
        `the others are done`,
    );
  }
}

/** Segments files and writes what came out; gives the areas of the classes in all of them together. */
export async function segmentFiles(
  model: PictureModel,
  files: readonly string[],
  out: string,
): Promise<{ readonly areas: readonly ClassArea[]; readonly failed: number }> {
  const stems = stemsIn(out, files);
  const bar = progress({ title: "segmenting", total: files.length, images: 1 });
  const areas: ClassArea[] = [];
  let writing: Promise<void> = Promise.resolve();
  let [done, failed] = [0, 0];
  try {
    for await (const outcome of segmentAll(model, files)) {
      await writing; // one picture's files at a time, while the network sees the next picture
      if ("error" in outcome) {
        failed++;
        console.error(`Skipped: ${outcome.error.message}`);
      } else {
        const { file, segmentation } = outcome;
        writing = writeSegmentation(stems[done]!, file, segmentation);
        writing.catch(() => {}); // reported when awaited
        areas.push(...segmentation.areas);
      }
      bar.update(++done);
    }
    await writing;
  } finally {
    bar.stop();
  }
  return { areas: together(areas), failed };
}

/** The areas of several pictures, class by class, the largest first. */
function together(areas: readonly ClassArea[]): ClassArea[] {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const total = sum(areas.map(({ pixels }) => pixels));
  return [...Map.groupBy(areas, ({ index }) => index).values()].map((parts) => {
    const pixels = sum(parts.map((part) => part.pixels));
    const confidence = sum(parts.map((part) => part.confidence * part.pixels)) / pixels;
    return { ...parts[0]!, pixels, share: pixels / total, confidence };
  }).sort((a, b) => b.pixels - a.pixels);
}

function rowOf({ name, share, confidence }: ClassArea): Row {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  return { class: name, area: percent(share), "mean confidence": percent(confidence) };
}

if (import.meta.main) await main(segmentCommand());
