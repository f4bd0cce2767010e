import type { Dataset, Example, LabelMap } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/data/image.ts";
import type { Metrics } from "../../lib/eval/confusion.ts";
import { evaluate, type PredictOptions } from "../../lib/eval/evaluate.ts";
import { networkFor } from "../../lib/eval/network.ts";
import { modelOf } from "../../lib/models/architecture.ts";
import { overlay } from "../../lib/report/overlay.ts";
import { Photograph } from "../../lib/report/picture.ts";
import { progress } from "../../lib/report/progress.ts";
import { imagePath } from "../../lib/report/run.ts";
import type { Inference } from "../../lib/train/config.ts";
import type { OpenedModel } from "../../lib/zoo/open.ts";

/** How a trained network is scored. */
export interface ScoreTask {
  readonly model: Pick<OpenedModel, "architecture" | "weights">;
  readonly val: Dataset;
  readonly windows: PredictOptions;
  readonly threads: number;
  /** Where pictures go, into its images/. */
  readonly folder: string;
  /** How many validation images are drawn with their predictions. */
  readonly pictures: number;
}

/** Sliding windows for a network. */
export function windowsOf(
  { window, stride, normalization }: Omit<Inference, "architecture">,
): PredictOptions {
  return { window, stride, windowBatch: 4, normalization };
}

/** Scores a network, and draws NAME.jpg and NAME_truth.jpg of images spread over the data set. */
export async function score(
  { model: { architecture, weights }, val, windows, threads, folder, pictures }: ScoreTask,
): Promise<{ readonly metrics: Metrics; readonly imagesPerSecond: number }> {
  const network = networkFor(modelOf(architecture), weights, threads);
  await evaluate(network, { ...val, length: Math.min(1, val.length) }, windows); // compiles

  const every = Math.max(1, Math.floor(val.length / Math.max(1, pictures)));
  const bar = progress({ title: `evaluating on ${val.name}`, total: val.length, images: 1 });
  const onExample = async (example: Example, prediction: LabelMap, index: number) => {
    bar.update(index + 1);
    if (index % every !== 0 || index / every >= pictures) return;
    const path = imagePath(folder, example.name.replaceAll("/", "_"));
    await draw(`${path}.jpg`, example, prediction, val);
    await draw(`${path}_truth.jpg`, example, example.labels, val);
  };
  try {
    const { metrics, images, seconds } = await evaluate(network, val, { ...windows, onExample });
    return { metrics, imagesPerSecond: images / seconds };
  } finally {
    bar.stop();
  }
}

async function draw(path: string, { image }: Example, labels: LabelMap, { palette }: Dataset) {
  await new Photograph(await encodeImage(overlay(image, labels, palette))).save(path);
}
