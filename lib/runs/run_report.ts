import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../files.ts";
import type { ClassKey } from "../images/image.ts";
import type { Listener } from "../progress.ts";
import { type PictureRow, runPage } from "../report/run_page.ts";
import { stepCurves, type StepValue } from "../report/step_curves.ts";
import type { TrainConfig } from "../train/config.ts";
import { fileName } from "./pictures.ts";
import { type MetricsLine, readMetrics, type RunName, type Summary } from "./run_files.ts";
import { courseOf, type ShownImage } from "./validation.ts";

/** What a report is of, and who hears what is wrong. */
export interface Reported extends Pick<Listener, "onMessage"> {
  readonly folder: string;
  readonly name: RunName;
  readonly config: TrainConfig;
  /** The name of the validation data, and its classes. */
  readonly val: ClassKey & { readonly name: string };
  /** What came out, once the run is over. */
  readonly summary?: Summary;
  /** What the validation after a step showed, if the report comes behind one. */
  readonly images?: { readonly step: number; readonly images: readonly ShownImage[] };
}

/** A report shows the predictions of so many validations. */
const MOST_COLUMNS = 12;

/**
 * Keeps the pictures of a validation and writes report.html. A failure, as of a full disk, costs a warning
 * that names the file, and not the run.
 */
export async function report(run: Reported): Promise<void> {
  try {
    await keepPictures(run);
    await writeReport(run);
  } catch (error) {
    run.onMessage?.(`Warning: ${(error as Error).message} The run goes on without it.`);
  }
}

/** Keeps a validation's pictures in the run's folder report/: `NAME.truth.jpg`, `NAME.300.jpg`. */
async function keepPictures({ folder, images }: Reported): Promise<void> {
  if (images === undefined) return;
  for (const { example, truth, prediction } of images.images) {
    const path = join(folder, "report", fileName(example));
    await writeAtomically(`${path}.truth.jpg`, truth);
    await writeAtomically(`${path}.${images.step}.jpg`, prediction);
  }
}

/**
 * Writes report.html: curves, IoU by class and the pictures that were kept, in one file. It follows from
 * the files of the run alone, without times: a run that was resumed has the same. Pictures that are too
 * many to show are removed.
 */
async function writeReport(run: Reported): Promise<void> {
  const { folder, name, config, val, summary } = run;
  const metrics = await readMetrics(folder);
  const looks = metrics.filter((line) => line["val/mIoU"] !== undefined);
  const last = summary?.steps ?? metrics.at(-1)?.step ?? 0;
  const { best } = courseOf(metrics, config.bestBy);
  const ofBest = looks.find(({ step }) => step === best?.step);
  const measured = [ofBest, looks.at(-1)].filter((line) => line !== undefined);
  const page = runPage({
    title: `${name.run}: ${config.variant} on ${val.name}`,
    facts: factsOf(run, metrics, last),
    figures: figuresOf(metrics, config.steps, best?.step ?? null),
    scores: {
      columns: [
        ...measured.map(({ step }, i) => `${["best", "last"][i]}, step ${step}`),
        ...summary ? [`all images, step ${summary.steps}`] : [],
      ],
      rows: val.classes.map((name, i) => ({
        name,
        colour: val.palette[i]!,
        iou: [
          ...measured.map((line) => line[`val/IoU/${name}`] ?? null),
          ...summary ? [summary.perClass[name] ?? null] : [],
        ],
      })),
    },
    pictures: await picturesOf(folder, shownSteps(looks.map(({ step }) => step))),
  });
  await writeAtomically(join(folder, "report.html"), page);
}

function factsOf(
  { config, summary }: Reported,
  metrics: readonly MetricsLine[],
  last: number,
): string[] {
  const { best } = courseOf(metrics, config.bestBy);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const begun = summary ? `Finished after step ${last}` : `At step ${last} of ${config.steps}`;
  const by = config.bestBy === "mIoU" ? "" : ` by ${config.bestBy}`;
  const images = `${config.validate?.images} validation images${by}`;
  return [
    summary?.final
      ? `${begun}: mIoU ${percent(summary.final.mIoU)} on all validation images.`
      : `${begun}.`,
    ...best === null ? [] : [
      `Best on the way, on ${images}: mIoU ${percent(best.mIoU)} at step ${best.step} ` +
      "(dashed in the curves).",
    ],
  ];
}

function figuresOf(metrics: readonly MetricsLine[], steps: number, marked: number | null) {
  const values = (key: string, unit = 1): StepValue[] =>
    metrics.flatMap(({ step, [key]: value }) =>
      value === undefined ? [] : [{ step, value: value * unit }]
    );
  const axes = { steps, marked };
  return [
    stepCurves([
      { label: "training", values: values("train/loss") },
      { label: "validation", values: values("val/loss") },
    ], { ...axes, yLabel: "↑ loss" }),
    stepCurves([{ label: "validation", values: values("val/mIoU", 100) }], {
      ...axes,
      yLabel: "↑ mIoU (%)",
    }),
    stepCurves([{ label: "training", values: values("lr") }], { ...axes, yLabel: "↑ rate" }),
  ];
}

/**
 * Those of the steps of all validations so far whose predictions are shown: the first and each second,
 * fourth, eighth … as they become more, and always the last.
 */
export function shownSteps(steps: readonly number[]): number[] {
  let apart = 1;
  while (Math.ceil(steps.length / apart) + 1 > MOST_COLUMNS) apart *= 2;
  return steps.filter((_, i) => i % apart === 0 || i === steps.length - 1);
}

const PICTURE = /^(.+)\.(truth|\d+)\.jpg$/;

async function picturesOf(folder: string, steps: readonly number[]) {
  const columns = ["truth", ...steps.map(String)];
  const pictures = join(folder, "report");
  const files = existsSync(pictures) ? (await readdir(pictures)).sort() : [];
  const rows = new Map<string, (Uint8Array | null)[]>();
  for (const file of files) {
    const [, name, column] = PICTURE.exec(file) ?? [];
    if (name === undefined) continue;
    const at = columns.indexOf(column!);
    if (at < 0) {
      await rm(join(pictures, file), { force: true });
      continue;
    }
    const row = rows.get(name) ?? columns.map(() => null);
    row[at] = await readFile(join(pictures, file));
    rows.set(name, row);
  }
  return {
    columns: ["labels", ...steps.map((step) => `step ${step}`)],
    rows: [...rows].map(([name, jpegs]): PictureRow => ({ name, jpegs })),
  };
}
