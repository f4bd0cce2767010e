import { join } from "node:path";
import type { NDArray } from "../array.ts";
import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { progress } from "../report/progress.ts";
import { appendMetrics, truncateMetrics } from "../report/run.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { modelOf } from "../models/architecture.ts";
import {
  architectureOf,
  augmentationOf,
  optimizerOf,
  scheduleOf,
  type TrainConfig,
} from "./config.ts";
import { groupOf } from "./paramwise.ts";
import { polynomial } from "./schedule.ts";
import { TrainStep } from "./step.ts";
import { type StepGraph, stepGraph } from "./step_graph.ts";

/** One training run: what is trained on what, and where it is kept. */
export interface TrainTask {
  /** What the progress display is titled with. */
  readonly title: string;
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  /** The results folder: metrics.jsonl grows there, checkpoint.safetensors is replaced. */
  readonly folder: string;
  /** First values of all parameters; not asked where the run resumes. */
  readonly initial: (graph: StepGraph) => ReadonlyMap<string, NDArray>;
  /** Goes on from the folder's checkpoint where there is one. */
  readonly resume: boolean;
}

/** What training ends with. */
export interface Trained {
  /** All parameters by name. */
  readonly weights: Map<string, NDArray>;
  /** Images per second over the steps of this process; null where no step was left. */
  readonly imagesPerSecond: number | null;
}

/** Trains to the config's last step and returns the weights. A killed run can be resumed exactly. */
export async function train(task: TrainTask): Promise<Trained> {
  const { config, dataset, folder } = task;
  const path = join(folder, "checkpoint.safetensors");
  const run = JSON.stringify({ config, classes: dataset.classes });
  const saved = task.resume ? await readCheckpoint(path, run) : null;
  const first = saved?.steps ?? 0;
  await truncateMetrics(folder, first);

  const stepConfig = {
    ...config,
    optimizer: optimizerOf(config),
    group: (name: string) => groupOf(name, config.weightDecay, config.paramwise),
  };
  const graph = stepGraph(modelOf(architectureOf(config, dataset.classes.length)), stepConfig);
  const step = await TrainStep.compile(graph, stepConfig, saved?.values ?? task.initial(graph));
  const images = config.batch * config.accumulate;
  const bar = progress({ title: task.title, total: config.steps, done: first, images });
  const schedule = scheduleOf(config);
  const source = microBatches(dataset, config, first);
  const started = performance.now();
  try {
    for (let i = first; i < config.steps; i++) {
      const lr = polynomial(i, schedule);
      const { loss, gradientNorm } = await step.run(await source.next(), i, lr);
      const done = i + 1;
      bar.update(done, { loss, lr });
      if (done % config.logEvery === 0 || done === config.steps) {
        await appendMetrics(folder, {
          step: done,
          "train/loss": loss,
          lr,
          "grad/norm": gradientNorm,
        });
      }
      if (done % config.checkpointEvery === 0 || done === config.steps) {
        await writeCheckpoint(path, run, { steps: done, values: step.state() });
      }
    }
  } finally {
    bar.stop();
    await source.close();
    await step.release();
  }
  const seconds = (performance.now() - started) / 1000;
  const state = step.state();
  const weights = new Map([...graph.net.parameters.keys()].map((name) => [name, state.get(name)!]));
  const steps = config.steps - first;
  return { weights, imagesPerSecond: steps > 0 ? steps * images / seconds : null };
}

/** The micro-batches of one optimizer step after the other. */
function microBatches(dataset: Dataset, config: TrainConfig, first: number) {
  const { batch, accumulate, seed } = config;
  const from = first * accumulate;
  const source = batches(dataset, { batch, augmentation: augmentationOf(config), seed, from });
  return {
    next: async () => {
      const taken = [];
      for (let micro = 0; micro < accumulate; micro++) taken.push((await source.next()).value);
      return taken;
    },
    close: () => source.return(undefined),
  };
}
