import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatReport } from "../../lib/checkpoints/assign.ts";
import { readSafetensors } from "../../lib/checkpoints/safetensors.ts";
import type { Dataset, Example, LabelMap } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/data/image.ts";
import { evaluate } from "../../lib/eval/evaluate.ts";
import { networkFor } from "../../lib/eval/network.ts";
import { initialize } from "../../lib/nn/init.ts";
import { describeEnvironment } from "../../lib/report/environment.ts";
import { overlay } from "../../lib/report/overlay.ts";
import { Photograph } from "../../lib/report/picture.ts";
import {
  imagePath,
  readSummary,
  runFolder,
  writeConfig,
  writeEnvironment,
  writeSummary,
} from "../../lib/report/run.ts";
import { SCHEMA, type Summary } from "../../lib/report/schemas.ts";
import { modelOf, networkOf, normalizationOf, type TrainConfig } from "../../lib/train/config.ts";
import { sha256, writeModel } from "../../lib/train/model_file.ts";
import { fromPretrained } from "../../lib/train/pretrained.ts";
import type { StepGraph } from "../../lib/train/step_graph.ts";
import { train } from "../../lib/train/train.ts";

/** The repository's root folder. */
export const repository = new URL("../../", import.meta.url).pathname;

/** One training run of an experiment, from a config to a results folder. */
export interface RunTask {
  /** The folder that holds all results. */
  readonly results: string;
  readonly experiment: string;
  readonly run: string;
  /** All but the hash of the pretrained weights, which is found out. */
  readonly config: Omit<TrainConfig, "pretrained">;
  readonly train: Dataset;
  readonly val: Dataset;
  /** A safetensors file of an ImageNet-trained ViT (timm names) for the encoder. */
  readonly pretrained: string | null;
  /** Goes on with a run that was stopped; a finished one is left as it is. */
  readonly resume: boolean;
  /** How many validation images are drawn with their predictions. */
  readonly pictures: number;
}

/** Trains, evaluates and writes config, metrics, summary, environment, weights and pictures. */
export async function completeRun(task: RunTask): Promise<Summary> {
  const name = { experiment: task.experiment, run: task.run, seed: task.config.seed };
  const folder = runFolder(task.results, name);
  if (task.resume && await exists(join(folder, "summary.json"))) return await readSummary(folder);
  await refuseUnfinished(task, folder);

  const started = new Date();
  const config: TrainConfig = {
    ...task.config,
    pretrained: task.pretrained ? await sha256(task.pretrained) : null,
  };
  await writeConfig(folder, { schema: SCHEMA, ...name, data: task.train.name, ...config });
  await rm(join(folder, "summary.json"), { force: true });

  const initial = await initialWeights(task.pretrained, config, task.train.classes.length);
  const title = `${task.experiment}/${task.run}`;
  const { resume } = task;
  const trained = await train({ title, config, dataset: task.train, folder, initial, resume });
  const { weights } = trained;
  const { classes, palette } = task.val;
  const hash = await writeModel(join(folder, "model.safetensors"), {
    config,
    classes,
    palette,
    weights,
  });

  const { metrics, imagesPerSecond } = await score(task, config, weights, folder);
  const { mIoU, pixelAccuracy, meanAccuracy } = metrics;
  const summary: Summary = {
    schema: SCHEMA,
    status: "finished",
    ...name,
    parameters: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
    steps: config.steps,
    best: { step: config.steps, mIoU },
    final: { mIoU, pixelAccuracy, meanAccuracy },
    perClass: Object.fromEntries(classes.map((name, i) => [name, finite(metrics.iou[i]!)])),
    weights: hash,
  };
  const seconds = (Date.now() - started.getTime()) / 1000;
  const speeds = { inference: imagesPerSecond, training: trained.imagesPerSecond };
  const course = { threads: config.threads, started, seconds, speeds };
  await writeEnvironment(folder, await describeEnvironment(repository, course));
  await writeSummary(folder, summary);
  await rm(join(folder, "checkpoint.safetensors"), { force: true });
  return summary;
}

async function refuseUnfinished({ resume, run }: RunTask, folder: string): Promise<void> {
  if (resume || !await exists(join(folder, "checkpoint.safetensors"))) return;
  throw new Error(
    `Cannot begin ${run} again: ${folder} holds an unfinished run; go on with it by --resume, or ` +
      `remove the folder`,
  );
}

/** First values of the parameters: random, or an ImageNet encoder's where they fit. */
async function initialWeights(pretrained: string | null, config: TrainConfig, classes: number) {
  if (pretrained === null) {
    return ({ net }: StepGraph) => initialize(net.parameters, config.seed);
  }
  const { tensors } = await readSafetensors(pretrained);
  const { encoder } = networkOf(config, classes);
  return ({ net }: StepGraph) => {
    const { values, report } = fromPretrained(net.parameters, encoder, tensors, config.seed);
    console.error(`${pretrained}: ${formatReport(report)}`);
    return values;
  };
}

async function score(
  { val, pictures }: RunTask,
  config: TrainConfig,
  weights: Parameters<typeof networkFor>[1],
  folder: string,
) {
  const { crop: window, stride, threads } = config;
  const network = networkFor(modelOf(config, val.classes.length), weights, threads);
  const options = { window, stride, windowBatch: 4, normalization: normalizationOf(config) };
  const every = Math.max(1, Math.floor(val.length / Math.max(1, pictures)));
  const onExample = async (example: Example, prediction: LabelMap, index: number) => {
    if (index % every !== 0 || index / every >= pictures) return;
    const { name } = example;
    await draw(imagePath(folder, `${name}.jpg`), example, prediction, val);
    await draw(imagePath(folder, `${name}_truth.jpg`), example, example.labels, val);
  };
  await evaluate(network, { ...val, length: Math.min(1, val.length) }, options); // makes the session
  const { metrics, images, seconds } = await evaluate(network, val, { ...options, onExample });
  return { metrics, imagesPerSecond: images / seconds };
}

async function draw(path: string, { image }: Example, labels: LabelMap, { palette }: Dataset) {
  await new Photograph(await encodeImage(overlay(image, labels, palette))).save(path);
}

function finite(iou: number): number | null {
  return Number.isNaN(iou) ? null : iou;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
