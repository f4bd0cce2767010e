import { rm } from "node:fs/promises";
import { join } from "node:path";
import { memoryUsage } from "node:process";
import { z } from "zod";
import { writeClassEmbeddings } from "../analysis/class_embeddings.ts";
import type { Dataset } from "../data/dataset.ts";
import { removePartials } from "../files.ts";
import { evaluate } from "../scoring/evaluate.ts";
import { layerDecayOf } from "../families/tuning.ts";
import { checkSamples } from "../labels/check_sample.ts";
import { readModel, sha256, writeModel } from "../models/model_file.ts";
import { writeAdapter } from "../models/adapter.ts";
import { requireLoss } from "../nn/losses/pixel_loss.ts";
import type { Listener } from "../progress.ts";
import { checkpointFile } from "../train/checkpoint.ts";
import {
  architectureOf,
  configOfReading,
  lossOf,
  savedConfig,
  type TrainConfig,
  trainConfigSchema,
  tuningFor,
} from "../train/config.ts";
import { encoderRateOf, lengthsOf } from "../train/schedule_of.ts";
import { train, type Trained } from "../train/train.ts";
import { bandsOf } from "./bands_of.ts";
import { thresholdBias, thresholdFor } from "./binary.ts";
import { classWeightsOf } from "./class_weights.ts";
import { checkpointPath } from "./checkpoint_path.ts";
import { claimFolder, resumption } from "./claim_folder.ts";
import { describeEnvironment } from "./environment.ts";
import { adoptRun, equalRun } from "./equal_run.ts";
import { ALONE, decided, type Ranks } from "../ranks/ranks.ts";
import { type Given, writeGiven } from "./given.ts";
import { initialWeights } from "./initial_weights.ts";
import { lockFolder } from "./lock_folder.ts";
import { objectSummary } from "./object_summary.ts";
import { reopen } from "./longer.ts";
import { writeClasses } from "./pictures.ts";
import { planWords } from "./plan.ts";
import type { RunRecipe } from "./recipes.ts";
import {
  appendMetrics,
  type Config,
  readMetrics,
  readSummary,
  requireConfig,
  type RunName,
  SCHEMA,
  type Summary,
  truncateMetrics,
  writeConfig,
  writeEnvironment,
  writeSummary,
} from "./run_files.ts";
import { report } from "./run_report.ts";
import { score } from "./score.ts";
import { summaryOf } from "./summary_of.ts";
import { requireSameRun } from "./same_run.ts";
import { type TensorBoardLog, tensorBoardLog } from "./tensorboard_log.ts";
import { trainedPredictor } from "./trained_predictor.ts";
import { bestIn, courseOf, lookWords, requireBestBy, validate } from "./validation.ts";

/** One training run, from a config to a results folder. */
export interface RunTask extends Listener {
  /** The results folder of this run alone. */
  readonly folder: string;
  readonly name: RunName;
  /** All but the hash of the pretrained weights and how files are read, which are found out. */
  readonly config: RunRecipe;
  readonly train: Dataset;
  readonly val: Dataset;
  /** A checkpoint to begin from: the backbone's ImageNet weights, or a whole network. */
  readonly pretrained: string | null;
  /** Goes on with a run that was stopped; a finished one is left as it is. */
  readonly resume: boolean;
  /** A folder of experiments: what an equal run of any of them gave is taken in place of training. */
  readonly experiments?: string;
  /** Measures three steps before a new run, and says how long it will take. */
  readonly isTold?: boolean;
  /** Also writes the metrics as event files, which TensorBoard reads. */
  readonly isForTensorBoard?: boolean;
  /** How many validation images are drawn with their predictions. */
  readonly pictures: number;
  /** The folder whose git commit environment.json tells; that of the run if not given. */
  readonly repository?: string;
  /** What config.json says beside the config: the preset that it comes from. */
  readonly origin?: Readonly<Record<string, unknown>>;
  /** Where data and weights are, for who goes on with the run by its folder alone; it is written there. */
  readonly given?: Given;
  /** Keeps the last checkpoint, from which the finished run can be made longer. */
  readonly keepCheckpoint?: boolean;
  /** The processes that train together, of which this is one; it is alone if not given. */
  readonly ranks?: Ranks;
  /** Ends the run where it is, after a step with a checkpoint; it rejects with the signal's reason. */
  readonly stop?: AbortSignal;
}

/**
 * Trains, evaluates and writes config, metrics, summary, environment, weights and pictures, in a folder
 * that no other process writes to meanwhile.
 */
export async function completeRun(task: RunTask): Promise<Summary> {
  const config = await resolved(task);
  const { length } = task.val.classes;
  const architecture = architectureOf(config, length); // what cannot be built is refused before anything
  tuningFor(config, architecture); // is written
  layerDecayOf(architecture, config.layerDecay);
  encoderRateOf(config, architecture);
  if (config.binary) thresholdBias(architecture, task.val.classes);
  requireLoss(lossOf(config), length);
  requireBestBy(config, task.val.classes);
  await requireSameRun(task, config);
  using _ = await lockFolder(task.folder, "Cannot train into");
  return await completeLocked(task, config);
}

async function completeLocked(task: RunTask, config: TrainConfig): Promise<Summary> {
  const { folder, name, val, pictures, stop, ranks = ALONE, onProgress, onMessage } = task;
  const { classes, palette } = val;
  const origin = { data: task.train.name, ...task.origin };
  const description: Config = { schema: SCHEMA, ...name, ...origin, ...savedConfig(config) };
  if (task.resume) await reopen(folder, description);
  const state = await claimFolder(folder, description, task.resume);
  if (task.resume) onMessage?.(await resumption(folder, state, config.steps));
  await removePartials(folder);
  if (state === "finished") {
    await decided(ranks, () => false);
    return await readSummary(folder);
  }
  const equal = task.experiments && state === "new"
    ? await equalRun(task.experiments, description)
    : null;
  if (equal !== null) {
    await decided(ranks, () => false);
    onMessage?.(`${folder}: the same as ${equal}, which is taken`);
    return await adoptRun(equal, folder, description);
  }
  await checkSamples(task.train, val, task);

  const started = new Date();
  await writeConfig(folder, description);
  if (task.given) await writeGiven(folder, task.given);
  await decided(ranks, () => true);
  let bytes = memoryUsage().rss;
  const onStep = () => bytes = Math.max(bytes, memoryUsage().rss);
  const trained = await trainInto(task, config, onStep);
  requireConfig(folder);
  const things = config.task === "semantic" ? undefined : val.things;
  const unshifted = { config, classes, palette, weights: trained.weights, ...things && { things } };
  const threshold = await thresholdFor(unshifted, val, task);
  const changed = threshold?.changed ?? new Map();
  const model = { ...unshifted, weights: new Map([...trained.weights, ...changed]) };
  const hash = await writeModel(model, join(folder, "model.safetensors"));
  if (config.loraRank !== null) {
    const learned = new Map([...trained.learned, ...changed]);
    await writeAdapter(model, learned, join(folder, "adapter.safetensors"));
  }
  await writeClasses(folder, model);
  await writeClassEmbeddings(folder, model, null);
  const predictor = trainedPredictor(model);
  const onExample = () => stop?.throwIfAborted(); // the last checkpoint is there
  const scored = await score({ predictor, val, folder, pictures, onExample, onProgress });

  const seconds = (Date.now() - started.getTime()) / 1000;
  const { imagesPerSecond: training } = trained;
  const inference = scored.images / scored.seconds;
  const speeds = { inference, ...training !== null && { training } };
  const course = { threads: config.threads, started, seconds, speeds, bytes };
  const environment = await describeEnvironment(task.repository ?? folder, course);
  await writeEnvironment(folder, environment);
  const best = await bestOf(task, config, trained.steps, scored.scores.metrics.mIoU);
  const summary = {
    ...summaryOf(name, model, trained.steps, best, scored.scores.metrics, hash),
    ...threshold && { threshold: threshold.probability },
    ...await objectSummary(model, val),
  };
  requireConfig(folder);
  if (config.validate !== null) await report({ ...task, config, summary });
  await writeSummary(folder, summary);
  if (!task.keepCheckpoint) await rm(checkpointPath(folder), { force: true });
  return summary;
}

/**
 * The config with the pretrained weights' hash, the balanced classes' weights, the rare classes and how
 * the data set is read, checked.
 */
export async function resolved(task: RunTask): Promise<TrainConfig> {
  const { config, pretrained, train } = task;
  const hash = pretrained === null ? null : await sha256(pretrained);
  const classWeights = await classWeightsOf(task);
  const read = { ...configOfReading(train.source?.reading), ...await bandsOf(task) };
  const all = { ...config, ...read, classWeights, pretrained: hash };
  const parsed = trainConfigSchema.safeParse(all);
  if (parsed.success) return parsed.data;
  throw new RangeError(
    `Cannot train ${config.variant}: a config that fits lib/train/config.ts needed, got\n` +
      z.prettifyError(parsed.error),
  );
}

/** Trains; metrics.jsonl grows in the run's folder, and the checkpoint is replaced. */
async function trainInto(
  task: RunTask,
  config: TrainConfig,
  onStep: () => void,
): Promise<Trained> {
  const { folder, name, train: dataset, resume, stop, ranks, onProgress, onMessage } = task;
  const { steps: total, logEvery } = config;
  const title = `${name.experiment}/${name.run}`;
  const images = config.batch * config.accumulate;
  let events: TensorBoardLog | null = null;
  return await train({
    config,
    dataset,
    checkpoint: checkpointFile(checkpointPath(folder)),
    resume,
    initial: await initialWeights(task, config),
    onStart: async (done) => {
      await truncateMetrics(folder, done);
      if (task.isForTensorBoard) events = await tensorBoardLog(folder, done, task);
      onProgress?.({ title, done, total, unit: "step", images });
    },
    ...task.isTold && {
      onRehearsed: (seconds) => onMessage?.(planWords(config, dataset.length, seconds)),
    },
    onStep: async ({ step: done, loss, lr, gradientNorm }) => {
      onStep();
      onProgress?.({ title, done, total, unit: "step", images, values: { loss, lr } });
      requireConfig(folder);
      if (done % logEvery !== 0 && !lengthsOf(config).includes(done)) return;
      const line = { step: done, "train/loss": loss, lr, "grad/norm": gradientNorm };
      await appendMetrics(folder, line);
      await events?.add(line);
    },
    onValidation: async (step, weights) => {
      const { metrics, images } = await validate(folder, config, task.val, step, weights);
      const { best, since } = courseOf(metrics, config.bestBy);
      await events?.add(metrics.at(-1)!);
      onMessage?.(lookWords(metrics, total, config.bestBy));
      await report({ ...task, config, images: { step, images } });
      const isOver = config.patience !== null && since >= config.patience;
      if (isOver) {
        onMessage?.(`Ending after ${since} validations without more than step ${best!.step}`);
      }
      return isOver;
    },
    onWarning: (text) => onMessage?.(text),
    ...stop && { stop },
    ...ranks && { ranks },
    onStopped: (done) =>
      onMessage?.(`${folder} is stopped after step ${done} of ${total}, with a checkpoint`),
  });
}

/** The step whose weights validated best, and their mIoU on all images; the last without validation. */
async function bestOf(
  task: RunTask,
  { bestBy }: TrainConfig,
  last: number,
  mIoU: number,
): Promise<NonNullable<Summary["best"]>> {
  const { folder, val } = task;
  const { best } = courseOf(await readMetrics(folder), bestBy);
  if (best === null) return { step: last, mIoU };
  const kept = await readModel(bestIn(folder));
  const threshold = await thresholdFor(kept, val, task);
  const model = { ...kept, weights: new Map([...kept.weights, ...threshold?.changed ?? []]) };
  if (threshold) await writeModel(model, bestIn(folder));
  if (best.step === last) return { step: last, mIoU };
  const { scores: { metrics } } = await evaluate(trainedPredictor(model), val);
  return { step: best.step, mIoU: metrics.mIoU };
}
