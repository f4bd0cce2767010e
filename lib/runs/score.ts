import type { Dataset, Example } from "../data/dataset.ts";
import type { LabelMap } from "../images/image.ts";
import { encodeImage } from "../images/encode.ts";
import { evaluate, type Evaluation, type Scored } from "../scoring/evaluate.ts";
import type { Predictor } from "../inference/predictor.ts";
import { classesIn, overlay } from "../report/overlay.ts";
import { Photograph } from "../report/picture.ts";
import { progress } from "../report/progress.ts";
import { imagePath } from "./run_files.ts";
import { type DrawnImage, writeDrawn } from "./drawn_images.ts";

/** How a network is scored. */
export interface ScoreTask {
  readonly predictor: Predictor;
  readonly val: Dataset;
  /** Where pictures go, into its images/. */
  readonly folder: string;
  /** How many validation images are drawn with their predictions. */
  readonly pictures: number;
  /** Called with each example that was scored. */
  readonly onExample?: (scored: Scored) => void | Promise<void>;
}

/** The name of an example as a file's. */
export function fileName(example: string): string {
  return example.replaceAll("/", "_");
}

/**
 * Scores a network, and draws NAME.jpg and NAME_truth.jpg of images spread over the data set; what
 * they show stands in drawn.json.
 */
export async function score(task: ScoreTask): Promise<Evaluation> {
  const { predictor, val, folder, pictures } = task;
  const first = await val.example(0);
  await predictor.predict(first.image); // compiles

  const every = Math.max(1, Math.floor(val.length / Math.max(1, pictures)));
  const bar = progress({ title: `evaluating on ${val.name}`, total: val.length, images: 1 });
  const drawn: DrawnImage[] = [];
  const onExample = async (scored: Scored) => {
    const { example, prediction, score: { mIoU }, index } = scored;
    bar.update(index + 1);
    await task.onExample?.(scored);
    if (index % every !== 0 || index / every >= pictures) return;
    const name = fileName(example.name);
    const path = imagePath(folder, name);
    await draw(`${path}.jpg`, example, prediction.labels, val);
    await draw(`${path}_truth.jpg`, example, example.labels, val);
    const classes = classesIn([prediction.labels, example.labels]);
    drawn.push({ name, mIoU: Number.isNaN(mIoU) ? null : mIoU, classes });
  };
  try {
    const evaluation = await evaluate(predictor, val, onExample);
    await writeDrawn(folder, drawn);
    return evaluation;
  } finally {
    bar.stop();
  }
}

async function draw(path: string, { image }: Example, labels: LabelMap, { palette }: Dataset) {
  await new Photograph(await encodeImage(overlay(image, labels, palette))).save(path);
}
