/** `deno task segment`: the class of every pixel of pictures, by any checkpoint. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { removePartials } from "../../lib/files.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { type ObjectCount, segmentFiles } from "../../lib/segment/many.ts";
import type { Task } from "../../lib/families/family.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { askedTask } from "../../lib/inference/object_predictor.ts";
import { openModel } from "../../lib/models/open.ts";
import { makeWritable } from "../../lib/writable_folder.ts";
import { pictureModelOf } from "../../lib/segment/picture_model.ts";
import { SAVED, type Saved, USUAL_SAVING, usualSaving } from "../../lib/segment/saving.ts";
import type { ClassArea } from "../../lib/segment/segmentation.ts";
import { advised } from "./advice.ts";
import { locatedModel } from "./located_model.ts";
import { userPath } from "./paths.ts";
import { describedExif, readingOf, withPictureOptions } from "./reading_options.ts";
import { longSide, resizeOf, type ResizeOption } from "./resize_option.ts";
import { displaying, main, newCommand, whole } from "./command.ts";
import { precisionOf, type PrecisionOptions, withPrecisionOptions } from "./precision_options.ts";
import { type DeviceOption, providerOf, withDeviceOption } from "./device_option.ts";
import { print } from "./print.ts";
import { ranksHere } from "./ranks.ts";

const HOUR = 3_600_000; // milliseconds

const SAVING_HELP = `
What --save writes (default: masks,overlays; of a panoptic network also panoptic, of an instance
network instances), each picture's files under its name:
  masks          _labels.png, a palette PNG of class indices; of a GeoTIFF also _labels.tif, which
                 lies where it does
  overlays       _overlay.png with a legend
  confidence     _confidence.png and _margin.png: the probability of a pixel's class, and how far
                 the second one is behind; grey of 16 bits, 65535 is 1
  probabilities  _probabilities.npy, float16 [classes, height, width]: 2 bytes a class and pixel
  labelme        labelme's entries in its .json; labelme FOLDER --output OUT opens them
  geojson        .geojson, a FeatureCollection in pixels of the picture
  panoptic       panoptic.json and a PNG of ids for each picture in panoptic/, as COCO's
  instances      instances.json, things with run lengths and scores, as COCO's
  coco           annotations.coco.json, one for all; with --out where the photos are, it is
                 data that train --data takes, as labelme's are
Polygons of neighbours share their lines; a class called background has none in coco and labelme.`;

interface Options extends DeviceOption, PrecisionOptions, Reading, ResizeOption {
  readonly model: string;
  readonly out: string;
  readonly classes?: string;
  readonly window?: number;
  readonly stride?: number;
  readonly multiScale?: boolean;
  readonly flip?: boolean;
  readonly threads: number;
  readonly task?: Task;
  readonly save?: ReadonlySet<Saved>;
  readonly tolerance: number;
  readonly minArea: number;
}

/** The command; its help says the defaults. */
export function segmentCommand(): Command {
  const command = newCommand("segment")
    .description(
      "Gives every pixel of pictures a class: for each picture an overlay with a legend, the label " +
        "map as a palette PNG, and JSON with the area and the mean confidence of each class, or what " +
        "--save says; of a network that tells objects apart the overlay shows outlines, ids and names; a table has the areas in all pictures together.",
    )
    .argument("<images...>", "images, folders of images, or patterns like 'photos/**/*.jpg'")
    .requiredOption(
      "--model <name>",
      "a checkpoint of any published kind, the folder of one or of a run, an .onnx file that `export` wrote, or the id of a model " +
        "that `deno task download` got",
    )
    .option("--out <folder>", "where the files go", userPath, userPath("segmentations"))
    .option("--save <list>", `what is written, of ${SAVED.join(",")} (see below)`, savedList)
    .addOption(
      new Option(
        "--task <name>",
        "what is asked of a panoptic or instance network: semantic leaves its objects out " +
          "(default: what it learned)",
      ).choices(["semantic", "instance", "panoptic"]),
    )
    .option(
      "--tolerance <pixels>",
      "how far polygons may leave the pixels' sides; 0 keeps every step",
      atLeastZero,
      USUAL_SAVING.tolerance,
    )
    .option(
      "--min-area <pixels>",
      "polygons: smaller regions take the class around them",
      whole(1),
      USUAL_SAVING.minArea,
    )
    .option(
      "--classes <file>",
      "names of the classes, one a line, or a JSON description (data/README.md)",
      userPath,
    )
    .option("--window <pixels>", "slide windows of this side over the picture", whole(1))
    .option("--stride <pixels>", "their distance (default: the model's)", whole(1))
    .option(
      "--resize <long>",
      "show pictures at this length of their longer side in pixels; none shows them at their own " +
        "(default: the model's working size, where it has one)",
      longSide,
    )
    .option("--multi-scale", "the mean of six scales, 0.5 to 1.75: six times slower or more")
    .option("--flip", "the mean with the mirror image: twice slower")
    .option("--threads <n>", "threads of the network", whole(1), navigator.hardwareConcurrency)
    .addHelpText("after", SAVING_HELP);
  return withPictureOptions(withDeviceOption(withPrecisionOptions(command))).action(segment);
}

async function segment(
  names: readonly string[],
  options: Options,
  command: Command,
): Promise<void> {
  const { out, classes, model: name, save, tolerance, minArea, resize: _, ...rest } = options;
  const ranks = ranksHere();
  const files = await listPictures(names.map(userPath));
  const classFile = classes === undefined ? {} : { classFile: classes };
  const reading = readingOf(options);
  const opened = await openModel(await locatedModel(name));
  const task = askedTask(opened.architecture, options.task, `Cannot segment by ${name}`);
  // Several processes write no file together.
  const { saved } = usualSaving(ranks.size > 1 ? "semantic" : task);
  const saving = { saved: save ?? saved, tolerance, minArea };
  const model = await pictureModelOf(opened, {
    ...rest,
    ...resizeOf(options),
    ...classFile,
    reading,
    saving,
    precision: precisionOf(options),
    provider: await providerOf(options),
  });
  const exif = describedExif(reading, opened.reading);
  if (exif !== null) print(exif);
  const { resize } = model.protocol;
  if (resize.to === "long side") {
    print(`Pictures are seen at ${resize.long} pixels on their longer side (--resize changes it)`);
  }
  const { channels } = model.reading;
  if (channels !== undefined) {
    const shown = channels < 3 ? "the first band in grey" : "the first three bands";
    print(`Overlays show ${shown}, stretched`);
  }
  for (const text of model.assumed) print(`assumed: ${text}`);
  await makeWritable(out);
  await removePartials(out, HOUR); // others may be segmenting into the same folder
  const { areas, objects, skipped } = await displaying((display) =>
    segmentFiles(
      model,
      files,
      out,
      {
        onProgress: display.show,
        onWarning: (text) => display.say(`Warning: ${text}`),
        onSkipped: ({ error }) => display.say(`Skipped: ${advised(error, command).message}`),
      },
      saving,
      ranks,
    )
  );
  const done = files.length - skipped.length;
  if (done > 1) print(`${done} pictures together:`);
  if (done > 0) print(consoleTable(areas.map(rowOf)));
  if (task !== "semantic" && done > 0) print(objectsInWords(objects));
  print(out);
  if (skipped.length > 0) {
    throw new Error(
      `Cannot segment ${skipped.length} of ${files.length} pictures: readable ones needed, see above; ` +
        `the others are done`,
    );
  }
}

/** The numbers of things, and which stuff there is. */
function objectsInWords(objects: readonly ObjectCount[]): string {
  const things = objects.filter(({ thing }) => thing);
  const total = things.reduce((sum, { count }) => sum + count, 0);
  const list = things.map(({ name, count }) => `${count} × ${name}`).join(", ");
  const stuff = objects.filter(({ thing }) => !thing).map(({ name }) => name).join(", ");
  return `things: ${total}${list && ` (${list})`}; stuff: ${stuff || "none"}`;
}

function savedList(text: string): ReadonlySet<Saved> {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const unknown = names.find((name) => !SAVED.some((known) => known === name));
  if (names.length > 0 && unknown === undefined) return new Set(names as Saved[]);
  throw new InvalidArgumentError(`some of ${SAVED.join(",")} are needed, with commas between`);
}

function atLeastZero(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("a number from 0 on is needed");
}

function rowOf({ name, share, confidence }: ClassArea): Row {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  return { class: name, area: percent(share), "mean confidence": percent(confidence) };
}

if (import.meta.main) await main(segmentCommand());
