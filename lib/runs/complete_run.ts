import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { NDArray } from "../array.ts";
import { formatReport, type LoadReport } from "../checkpoints/assign.ts";
import { readTensors } from "../checkpoints/read.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Metrics } from "../scoring/confusion.ts";
import { NetworkPredictor } from "../inference/predictor.ts";
import { declaredBy } from "../families/architecture.ts";
import { initialize } from "../nn/init.ts";
import { parameterCount } from "../nn/scope.ts";
import { describeEnvironment } from "./environment.ts";
import {
  readSummary,
  type RunName,
  writeConfig,
  writeEnvironment,
  writeSummary,
} from "./run_files.ts";
import { type Config, SCHEMA, type Summary } from "./schemas.ts";
import {
  architectureOf,
  inferenceOf,
  type SavedConfig,
  savedConfig,
  type TrainConfig,
  trainConfigSchema,
} from "../train/config.ts";
import { sha256, type TrainedModel, writeModel } from "../models/model_file.ts";
import type { StepGraph } from "../train/step_graph.ts";
import { train } from "../train/train.ts";
import { pretrainedFor } from "../models/pretrained.ts";
import { checkSample } from "./check_sample.ts";
import { writeClassEmbeddings, writeClasses } from "./model_facts.ts";
import { repository } from "../../experiments/commands/paths.ts";
import { claimFolder, resumption } from "./run_folder.ts";
import { score } from "./score.ts";

/** One training run, from a config to a results folder. */
export interface RunTask {
  /** The results folder of this run alone. */
  readonly folder: string;
  readonly name: RunName;
  /** All but the hash of the pretrained weights, which is found out. */
  readonly config: Omit<SavedConfig, "pretrained">;
  readonly train: Dataset;
  readonly val: Dataset;
  /** A checkpoint to begin from: the backbone's ImageNet weights, or a whole network. */
  readonly pretrained: string | null;
  /** Goes on with a run that was stopped; a finished one is left as it is. */
  readonly resume: boolean;
  /** How many validation images are drawn with their predictions. */
  readonly pictures: number;
  /** What config.json says beside the config: the preset that it comes from. */
  readonly origin?: Readonly<Record<string, unknown>>;
}

/** Trains, evaluates and writes config, metrics, summary, environment, weights and pictures. */
export async function completeRun(task: RunTask): Promise<Summary> {
  const { folder, name, val, pictures } = task;
  const { classes, palette } = val;
  const config = await resolved(task);
  architectureOf(config, classes.length); // refuses what cannot be built before anything is written
  const origin = { data: task.train.name, ...task.origin };
  const description: Config = { schema: SCHEMA, ...name, ...origin, ...savedConfig(config) };
  const state = await claimFolder(folder, description, task.resume);
  if (task.resume) console.error(await resumption(folder, state, config.steps));
  if (state === "finished") return await readSummary(folder);
  for (const dataset of [task.train, val]) await checkSample(dataset);

  const started = new Date();
  await writeConfig(folder, description);
  const trained = await train({
    title: `${name.experiment}/${name.run}`,
    config,
    dataset: task.train,
    folder,
    initial: await initialWeights(task.pretrained, config, classes.length),
    resume: task.resume,
  });
  const model = { config, classes, palette, weights: trained.weights };
  const hash = await writeModel(join(folder, "model.safetensors"), model);
  await writeClasses(folder, model);
  await writeClassEmbeddings(folder, model, null);
  const inference = inferenceOf(config, classes.length);
  const network = { ...inference, weights: trained.weights, threads: config.threads };
  const predictor = new NetworkPredictor(network);
  const scored = await score({ predictor, val, folder, pictures });

  const seconds = (Date.now() - started.getTime()) / 1000;
  const training = trained.imagesPerSecond;
  const speeds = {
    inference: scored.images / scored.seconds,
    ...(training === null ? {} : { training }),
  };
  const course = { threads: config.threads, started, seconds, speeds };
  await writeEnvironment(folder, await describeEnvironment(repository, course));
  const summary = summaryOf(name, model, scored.scores.metrics, hash);
  await writeSummary(folder, summary);
  await rm(join(folder, "checkpoint.safetensors"), { force: true });
  return summary;
}

/** The config with the pretrained weights' hash, checked. */
async function resolved({ config, pretrained }: RunTask): Promise<TrainConfig> {
  const hash = pretrained === null ? null : await sha256(pretrained);
  const parsed = trainConfigSchema.safeParse({ ...config, pretrained: hash });
  if (parsed.success) return parsed.data;
  throw new RangeError(
    `Cannot train ${config.variant}: a config that fits lib/train/config.ts needed, got\n` +
      z.prettifyError(parsed.error),
  );
}

/** First values of the parameters: random, or an ImageNet encoder's where they fit. */
async function initialWeights(
  pretrained: string | null,
  config: TrainConfig,
  classes: number,
): Promise<(graph: StepGraph) => Map<string, NDArray>> {
  if (pretrained === null) return ({ net }) => initialize(net.parameters, config.seed);
  const { tensors, meta } = await readTensors(pretrained);
  const { kind, values, report } = pretrainedFor(architectureOf(config, classes), tensors);
  const isOwn = typeof (meta as { seglab?: unknown } | undefined)?.seglab === "string";
  console.error(loaded(`${pretrained}, ${isOwn ? "a network of Seglab" : kind}`, report));
  return ({ net }) => new Map([...initialize(net.parameters, config.seed), ...values]);
}

/** How much of a checkpoint is used, and the parameters that begin at random instead. */
function loaded(what: string, { loaded, missing, unused, misshapen }: LoadReport): string {
  const random = formatReport({ loaded: [], missing, unused: [], misshapen }).split("\n").slice(1);
  const all = loaded.length + missing.length + misshapen.length;
  const counts = `${what}: gives ${loaded.length} of ${all} parameters, ${unused.length} of its ` +
    `tensors are not used`;
  return [counts, ...random.length === 0 ? [] : ["beginning at random:", ...random]].join("\n");
}

function summaryOf(
  name: RunName,
  { config, classes }: TrainedModel,
  { mIoU, pixelAccuracy, meanAccuracy, iou }: Metrics,
  hash: string,
): Summary {
  const { steps, crop } = config;
  const score = (i: number) => Number.isNaN(iou[i]!) ? null : iou[i]!;
  return {
    schema: SCHEMA,
    status: "finished",
    ...name,
    parameters: parameterCount(declaredBy(architectureOf(config, classes.length), crop).parameters),
    steps,
    best: { step: steps, mIoU },
    final: { mIoU, pixelAccuracy, meanAccuracy },
    perClass: Object.fromEntries(classes.map((name, i) => [name, score(i)])),
    weights: hash,
  };
}
