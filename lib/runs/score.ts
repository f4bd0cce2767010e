import type { Dataset } from "../data/dataset.ts";
import type { Predictor } from "../inference/predictor.ts";
import type { Ranks } from "../ranks/ranks.ts";
import type { OnProgress } from "../progress.ts";
import { evaluate, type Evaluation, type Scored } from "../scoring/evaluate.ts";
import { drawExample, type DrawnImage, writeDrawn } from "./pictures.ts";

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
  readonly onProgress?: OnProgress | undefined;
  /** The processes that share the images, of which this is the first; it has all if not given. */
  readonly ranks?: Ranks;
}

/**
 * Scores a network, and draws NAME.jpg and NAME_truth.jpg of images spread over the data set; what
 * they show stands in drawn.json.
 */
export async function score(task: ScoreTask): Promise<Evaluation> {
  const { predictor, val, folder, pictures, onExample, onProgress, ranks } = task;
  const first = await val.example(0);
  await predictor.predict(first.image); // compiles

  const tell = (done: number) =>
    onProgress?.({ title: `evaluating on ${val.name}`, done, total: val.length, unit: "image" });
  const every = Math.max(1, Math.floor(val.length / Math.max(1, pictures)));
  const drawn: DrawnImage[] = [];
  tell(0);
  const evaluation = await evaluate(predictor, val, async (scored) => {
    const { example, prediction, score: { mIoU }, index } = scored;
    tell(index + 1);
    await onExample?.(scored);
    if (index % every !== 0 || index / every >= pictures) return;
    drawn.push(await drawExample(folder, example, prediction.labels, val, mIoU));
  }, ranks);
  await writeDrawn(folder, drawn);
  return evaluation;
}
