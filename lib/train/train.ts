import { join } from "node:path";
import type { NDArray } from "../array.ts";
import { type Batch, batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Progress, progress } from "../report/progress.ts";
import { appendMetrics, truncateMetrics } from "../runs/run_files.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { modelOf } from "../families/architecture.ts";
import {
  architectureOf,
  augmentationOf,
  optimizerOf,
  savedConfig,
  scheduleOf,
  type TrainConfig,
} from "./config.ts";
import { groupOf } from "./paramwise.ts";
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
  const run = JSON.stringify({ config: savedConfig(config), classes: dataset.classes });
  const saved = task.resume ? await readCheckpoint(path, run) : null;
  const first = saved?.steps ?? 0;
  await truncateMetrics(folder, first);

  const stepConfig = {
    ...config,
    optimizer: optimizerOf(config),
    group: (name: string) => groupOf(name, config),
  };
  const graph = stepGraph(modelOf(architectureOf(config, dataset.classes.length)), stepConfig);
  const step = await TrainStep.compile(graph, stepConfig, saved?.values ?? task.initial(graph));
  const images = config.batch * config.accumulate;
  const bar = progress({ title: task.title, total: config.steps, done: first, images });
  const learningRate = scheduleOf(config);
  const source = microBatches(dataset, config, first);
  const started = performance.now();
  const warn = unlabelledWarning(bar);
  try {
    for (let i = first; i < config.steps; i++) {
      const lr = learningRate(i);
      const micro = await source.next();
      warn(micro);
      const { loss, gradientNorm } = await step.run(micro, i, lr);
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

/** Says, at the first crop without any pixel of a class, which example it is of. */
function unlabelledWarning({ say }: Progress): (micro: readonly Batch[]) => void {
  let warned = false;
  return (micro) => {
    const name = micro.flatMap(({ unlabelled }) => unlabelled)[0];
    if (warned || name === undefined) return;
    warned = true;
    say(
      `Warning: a crop of ${name} has no pixel of any class, so the network learns nothing from it; ` +
        `look at its mask if most of it should have labels. Others like it are not mentioned.`,
    );
  };
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
