import type { NDArray } from "../array.ts";
import { type Batch, batches } from "../data/batches.ts";
import { atLongSide } from "../data/at_long_side.ts";
import { type Dataset, keepInMemory } from "../data/dataset.ts";
import { shareOf } from "../data/part.ts";
import { averageRule, WeightAverage } from "./average.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { type Architecture, modelOf } from "../families/family.ts";
import {
  architectureOf,
  augmentationOf,
  lossOf,
  optimizerOf,
  savedConfig,
  scheduleOf,
  type TrainConfig,
} from "./config.ts";
import { groupOf } from "./optimizer.ts";
import { type StepResult, TrainStep } from "./step.ts";
import { type StepGraph, stepGraph } from "./step_graph.ts";

/** One training run: what is trained on what, where it is kept, and who hears of it. */
export interface TrainTask {
  readonly config: TrainConfig;
  /** The network; that of the config's variant if not given. */
  readonly architecture?: Architecture;
  /** Its examples are kept in memory where the config resizes them. */
  readonly dataset: Dataset;
  /** First values of all parameters; not asked where the run resumes. */
  readonly initial: (graph: StepGraph) => ReadonlyMap<string, NDArray>;
  /** The file that holds the run as it was at the last checkpoint; none is written without it. */
  readonly checkpoint?: string;
  /** Goes on from the checkpoint where there is one. */
  readonly resume?: boolean;
  /** Hears, before the first step, how many are done: 0, or those of the checkpoint. */
  readonly onStart?: (done: number) => void | Promise<void>;
  /** Hears of each step; a checkpoint is written when it is through. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /**
   * Looks at the weights (or their average) every `validate.every` steps and after the last; true ends the
   * run there. A checkpoint is written behind it.
   */
  readonly onValidation?: (
    step: number,
    weights: ReadonlyMap<string, NDArray>,
  ) => Promise<boolean>;
  readonly onWarning?: (text: string) => void;
  /** When it is aborted, the step under way is done, a checkpoint written, and its reason thrown. */
  readonly stop?: AbortSignal;
  /** Hears after how many steps that was. */
  readonly onStopped?: (done: number) => void;
}

/** What became of a step. */
export interface StepReport extends StepResult {
  /** Counted from 1. */
  readonly step: number;
  /** The learning rate of the step. */
  readonly lr: number;
}

/** What training ends with. */
export interface Trained {
  /** All parameters by name; their moving average where the config asks for one. */
  readonly weights: ReadonlyMap<string, NDArray>;
  /** The step after which it ended: the config's last, or where a validation ended it. */
  readonly steps: number;
  /** Images per second over the steps of this process; null where no step was left. */
  readonly imagesPerSecond: number | null;
}

/** Trains to the config's last step and returns the weights. A killed run can be resumed exactly. */
export async function train(task: TrainTask): Promise<Trained> {
  const { config, dataset, checkpoint, stop } = task;
  const { maxPixels: _, ...decisive } = savedConfig(config); // a limit changes no result
  const run = JSON.stringify({ config: decisive, classes: dataset.classes });
  const saved = task.resume && checkpoint ? await readCheckpoint(checkpoint, run) : null;
  const first = saved?.steps ?? 0;

  const stepConfig = {
    ...config,
    loss: lossOf(config),
    optimizer: optimizerOf(config),
    group: (name: string) => groupOf(name, config),
  };
  const { architecture = architectureOf(config, dataset.classes.length) } = task;
  const graph = stepGraph(modelOf(architecture), stepConfig);
  const trainer = await TrainStep.compile(graph, stepConfig, saved?.values ?? task.initial(graph));
  const current = () => weightsOf(trainer, graph);
  const average = config.ema === null
    ? null
    : new WeightAverage(averageRule(config.ema), current(), saved?.values);
  const result = () => average?.weights() ?? current();
  const learningRate = scheduleOf(config);
  const seen = config.resize === null ? dataset : keepInMemory(atLongSide(dataset, config.resize));
  const source = microBatches(shareOf(seen, config.dataShare, config.seed), config, first);
  const warn = unlabelledWarning(task.onWarning ?? (() => {}));
  const isValidated = (done: number) =>
    config.validate !== null && (done % config.validate.every === 0 || done === config.steps);
  let started: number;
  let last = first;
  try {
    await task.onStart?.(first);
    started = performance.now();
    for (let step = first; step < config.steps; step++) {
      const lr = learningRate(step);
      const micro = await source.next();
      warn(micro);
      const outcome = await trainer.run(micro, step, lr);
      average?.update(step, current());
      const done = step + 1;
      last = done;
      await task.onStep?.({ step: done, lr, ...outcome });
      const isLookedAt = isValidated(done);
      const isOver = isLookedAt && await task.onValidation?.(done, result());
      const isDue = isLookedAt || done % config.checkpointEvery === 0 || done === config.steps ||
        stop?.aborted;
      if (isDue && checkpoint) {
        await writeCheckpoint(checkpoint, run, {
          steps: done,
          values: new Map([...trainer.state(), ...average?.state() ?? []]),
        });
      }
      if (isDue && stop?.aborted) {
        task.onStopped?.(done);
        throw stop.reason;
      }
      if (isOver) break;
    }
  } finally {
    await source.close();
    await trainer.release();
  }
  const seconds = (performance.now() - started) / 1000;
  const images = (last - first) * config.batch * config.accumulate;
  return { weights: result(), steps: last, imagesPerSecond: images ? images / seconds : null };
}

/** The parameters alone, without what the optimizer remembers. */
function weightsOf(trainer: TrainStep, { net }: StepGraph): ReadonlyMap<string, NDArray> {
  const state = trainer.state();
  return new Map([...net.parameters.keys()].map((name) => [name, state.get(name)!]));
}

/** Says, at the first crop without any pixel of a class, which example it is of. */
function unlabelledWarning(say: (text: string) => void): (micro: readonly Batch[]) => void {
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
