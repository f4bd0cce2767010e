import { join } from "node:path";
import { type NDArray, spreadIndices } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import { part } from "../data/part.ts";
import { shownImage } from "../images/shown_bands.ts";
import { writeModel } from "../models/model_file.ts";
import { sparkline } from "../report/sparkline.ts";
import { thumbnail } from "../report/thumbnail.ts";
import { evaluate } from "../scoring/evaluate.ts";
import { architectureOf, type SavedConfig, type TrainConfig } from "../train/config.ts";
import { validationLoss } from "../train/validation_loss.ts";
import { excerpt, firstOf } from "../words.ts";
import { sizeOfLongSide } from "../images/window.ts";
import { appendMetrics, type MetricsLine, readMetrics } from "./run_files.ts";
import { trainedPredictor } from "./trained_predictor.ts";

/** What the validations of a run came to so far. */
export interface Course {
  /** The step that validated best, the first of equals; null before any. */
  readonly best: { readonly step: number; readonly mIoU: number } | null;
  /** How many validations came after it. */
  readonly since: number;
}

/** The course that a run's metrics tell, where `bestBy` of its config says what is better. */
export function courseOf(metrics: readonly MetricsLine[], bestBy = "mIoU"): Course {
  let course: Course = { best: null, since: 0 };
  let highest = -Infinity;
  for (const line of metrics) {
    const { step, "val/mIoU": mIoU } = line;
    if (mIoU === undefined) continue;
    const value = goodness(line, bestBy);
    const isBetter = course.best === null || value > highest;
    if (isBetter) highest = value;
    course = isBetter ? { best: { step, mIoU }, since: 0 } : { ...course, since: course.since + 1 };
  }
  return course;
}

/** Higher is better; a validation without the class or the loss is worse than any. */
function goodness(line: MetricsLine, bestBy: string): number {
  if (bestBy === "mIoU") return line["val/mIoU"]!;
  if (bestBy === "loss") return -(line["val/loss"] ?? Infinity);
  return line[`val/IoU/${bestBy}`] ?? -Infinity;
}

/** Refuses what no validation can be better by. */
export function requireBestBy(
  { bestBy, validate }: Pick<TrainConfig, "bestBy" | "validate">,
  classes: readonly string[],
): void {
  if (["mIoU", "loss", ...classes].includes(bestBy) && (validate || bestBy === "mIoU")) return;
  throw new RangeError(
    `Cannot tell what validates best: mIoU, loss or a class (${
      firstOf(classes)
    }) and validations ` +
      `needed, got "${excerpt(bestBy)}"${validate ? "" : " without validations"}`,
  );
}

/** The file of the weights that validated best. */
export function bestIn(folder: string): string {
  return join(folder, "best.safetensors");
}

/** A validation image with its labels and with a prediction over it, as the bytes of small JPEGs. */
export interface ShownImage {
  readonly example: string;
  readonly truth: Uint8Array;
  readonly prediction: Uint8Array;
}

/** A validation: the metrics of the run with it, and some of its images, the same each time. */
export interface Look {
  readonly metrics: readonly MetricsLine[];
  readonly images: readonly ShownImage[];
}

/** How many of its images a validation shows. */
const SHOWN = 6;

/**
 * Scores weights in the middle of a run on some of the validation images: writes mIoU, loss and each
 * class's IoU to metrics.jsonl and, where none were better, the weights to best.safetensors. What the
 * course is, metrics.jsonl alone decides: a run that resumes knows it.
 */
export async function validate(
  folder: string,
  config: TrainConfig,
  val: Dataset,
  step: number,
  weights: ReadonlyMap<string, NDArray>,
): Promise<Look> {
  const { classes, palette } = val;
  const model = { config, classes, palette, weights };
  const some = spread(val, config.validate!.images);
  const shown = spreadIndices(some.length, Math.min(SHOWN, some.length));
  const images: ShownImage[] = [];
  const { scores: { metrics: { mIoU, iou } } } = await evaluate(
    trainedPredictor(model),
    some,
    async ({ example: { name: example, image, labels }, prediction, index }) => {
      if (!shown.includes(index)) return;
      const photo = shownImage(image);
      const truth = await thumbnail(photo, labels, palette);
      images.push({
        example,
        truth,
        prediction: await thumbnail(photo, prediction.labels, palette),
      });
    },
  );
  const architecture = architectureOf(config, classes.length);
  const loss = await validationLoss(architecture, weights, some, config);
  const known = classes.flatMap((name, i) =>
    Number.isNaN(iou[i]) ? [] : [[`val/IoU/${name}`, iou[i]!] as const]
  );
  await appendMetrics(folder, {
    step,
    "val/mIoU": mIoU,
    ...loss === null ? {} : { "val/loss": loss },
    ...Object.fromEntries(known),
  });
  const metrics = await readMetrics(folder);
  if (courseOf(metrics, config.bestBy).best?.step === step) await writeModel(model, bestIn(folder));
  return { metrics, images };
}

/** The last validation in words, and the best by `bestBy`: `step 300/1000 · val mIoU 52.1 % (best 53.0 % at 250) · val loss 0.61`. */
export function lookWords(
  metrics: readonly MetricsLine[],
  steps: number,
  bestBy?: string,
): string {
  const looks = metrics.filter((line) => line["val/mIoU"] !== undefined);
  const { step, "val/mIoU": mIoU, "val/loss": loss } = looks.at(-1)!;
  const { best } = courseOf(metrics, bestBy);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const than = best!.step === step ? "the best" : `best ${percent(best!.mIoU)} at ${best!.step}`;
  return [
    `step ${step}/${steps}`,
    `val mIoU ${percent(mIoU!)} (${than})`,
    ...loss === undefined ? [] : [`val loss ${loss.toFixed(2)}`],
    ...looks.length < 2 ? [] : [sparkline(looks.map((line) => line["val/mIoU"]!))],
  ].join(" · ");
}

/** So many of a data set's examples, at equal distances. */
function spread(dataset: Dataset, count: number): Dataset {
  if (count >= dataset.length) return dataset;
  return part(dataset, spreadIndices(dataset.length, count), dataset.name);
}

/** How many times a run validates where nobody says, and what of its time that may take. */
const TIMES = 10;
const MOST_TIME = 0.05;
const LEAST_IMAGES = 8;

/**
 * When and on how many images a run validates: ten times, in about a twentieth of its time. A crop's step
 * takes as long as three passes, and a window in testing two, with its probabilities at full resolution.
 */
export function usualValidation(
  { steps, batch, accumulate, stride, resize }: Pick<
    SavedConfig,
    "steps" | "batch" | "accumulate" | "stride" | "resize"
  >,
  { width, height }: { readonly width: number; readonly height: number },
  images: number,
): NonNullable<TrainConfig["validate"]> {
  const size = [height, width] as const;
  const seen = resize ? sizeOfLongSide(size, resize) : size;
  const windows = Math.ceil(seen[0] / stride) * Math.ceil(seen[1] / stride);
  const passes = MOST_TIME * 3 * steps * batch * accumulate / TIMES;
  const affordable = Math.max(LEAST_IMAGES, Math.floor(passes / (2 * windows + 1)));
  return { every: Math.ceil(steps / TIMES), images: Math.min(images, affordable) };
}
