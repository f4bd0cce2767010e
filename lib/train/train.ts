import type { NDArray } from "../array.ts";
import { type Batch, batches } from "../data/batches.ts";
import { atLongSide } from "../data/at_long_side.ts";
import { examplesByClass } from "../data/class_balance.ts";
import { type Dataset, keepInMemory } from "../data/dataset.ts";
import { shareOf } from "../data/part.ts";
import { median } from "../statistics.ts";
import { averageRule } from "./average.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import { type Architecture, inputChannels, modelOf } from "../families/family.ts";
import { layerDecayOf } from "../families/tuning.ts";
import { merged } from "../nn/lora.ts";
import {
  architectureOf,
  augmentationOf,
  lossOf,
  optimizerOf,
  savedConfig,
  type TrainConfig,
  tuningFor,
} from "./config.ts";
import { ALONE, decided, type Ranks, requireSame } from "../ranks/ranks.ts";
import { crowdedWarning } from "./crowded_warning.ts";
import { interrupted } from "./interrupted.ts";
import { groupOf } from "./optimizer.ts";
import { encoderRateOf, lengthsOf, scheduleOf } from "./schedule_of.ts";
import type { StepResult } from "./step.ts";
import { toldApart } from "./told_apart.ts";
import { type StepGraph, stepGraph } from "./step_graph.ts";
import { averagingOf, type Trainer, trainerOf, weightsOf } from "./trainer.ts";

/** One training run: what is trained on what, where it is kept, and who hears of it. */
export interface TrainTask {
  readonly config: TrainConfig;
  /** The network; that of the config's variant if not given. */
  readonly architecture?: Architecture;
  /** Its examples are kept in memory where the config resizes them. */
  readonly dataset: Dataset;
  /** The rate of each step, counted from 0; the config's schedule if not given. */
  readonly learningRate?: (step: number) => number;
  /** First values of all parameters; not asked where the run resumes. */
  readonly initial: (graph: StepGraph) => ReadonlyMap<string, NDArray>;
  /** What holds the run as it was at the last checkpoint; none is written without it. */
  readonly checkpoint?: CheckpointStore;
  /** Goes on from the checkpoint where there is one. */
  readonly resume?: boolean;
  /** Hears, before the first step, how many are done: 0, or those of the checkpoint. */
  readonly onStart?: (done: number) => void | Promise<void>;
  /**
   * Hears, before the first step of a new run, the seconds that one takes: the median of three, whose
   * results are thrown away.
   */
  readonly onRehearsed?: (seconds: number) => void;
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
  /** The processes that train together, of which this is one; it is alone if not given. */
  readonly ranks?: Ranks;
  /** Hears after how many steps that was. */
  readonly onStopped?: (done: number) => void;
}

/** What became of a step. */
export interface StepReport extends StepResult {
  /** Counted from 1. */
  readonly step: number;
  /** The learning rate of the step; of all but the encoder where that has its own. */
  readonly lr: number;
}

/** What training ends with. */
export interface Trained {
  /**
   * All parameters by name; their moving average where the config asks for one. Adapters are merged into the
   * layers that they adapt.
   */
  readonly weights: ReadonlyMap<string, NDArray>;
  /** Those that learned, adapters as they are. */
  readonly learned: ReadonlyMap<string, NDArray>;
  /** The step after which it ended: the config's last, or where a validation ended it. */
  readonly steps: number;
  /** Images per second over the steps of this process; null where no step was left. */
  readonly imagesPerSecond: number | null;
}

type Weights = ReadonlyMap<string, NDArray>;

/** Trains to the config's last step and returns the weights. A killed run can be resumed exactly. */
export async function train(task: TrainTask): Promise<Trained> {
  const { config, dataset, checkpoint, stop, ranks = ALONE } = task;
  const run = runText(config, dataset);
  const shorter = shorterOf(config);
  const runs = [run, ...shorter ? [runText(shorter, dataset)] : []];
  const saved = task.resume && checkpoint ? await checkpoint.read(runs) : null;
  const first = saved?.steps ?? 0;
  requireSame(ranks, "Cannot train", { "last step of the checkpoint": `${first}` });

  const { architecture = architectureOf(config, dataset.classes.length) } = task;
  const tuning = tuningFor(config, architecture);
  const layerScale = layerDecayOf(architecture, config.layerDecay);
  const encoderRate = task.learningRate ? null : encoderRateOf(config, architecture);
  const stepConfig = {
    ...config,
    channels: inputChannels(architecture),
    loss: lossOf(config),
    provider: config.device,
    optimizer: optimizerOf(config),
    group: (name: string) => groupOf(name, config, layerScale(name)),
    ...encoderRate && { encoderRate },
    tuning,
  };
  const graph = stepGraph(modelOf(architecture), stepConfig);
  const trainer = await trainerOf(
    graph,
    stepConfig,
    saved?.values ?? task.initial(graph),
    ranks,
  );
  const average = config.ema === null ? null : await averagingOf(
    trainer,
    graph,
    averageRule(config.ema),
    { threads: config.threads, saved: saved?.values },
  );
  const result = async () => await (average?.weights() ?? weightsOf(trainer, graph));
  const wholeOf = (weights: Weights) => tuning.lora ? merged(weights, tuning.lora) : weights;
  const learningRate = task.learningRate ?? scheduleOf(config);
  const say = task.onWarning ?? (() => {});
  const told = config.task === "semantic"
    ? dataset
    : keepInMemory(toldApart(dataset, config.task, say));
  const seen = config.resize === null ? told : keepInMemory(atLongSide(told, config.resize));
  const used = shareOf(seen, config.dataShare, config.seed);
  const byClass = config.sample === "balanced" ? await examplesByClass(used) : null;
  const source = microBatches(used, config, first, byClass, ranks);
  const warn = unlabelledWarning(say);
  const room = config.task === "semantic" ? null : roomFor(architecture);
  const warnOfCrowds = crowdedWarning(room, say);
  const ends = lengthsOf(config);
  const isValidated = (done: number) =>
    config.validate !== null && (done % config.validate.every === 0 || ends.includes(done));
  let started: number;
  let last = first;
  let written = saved?.steps ?? null;
  let weights: Weights;
  try {
    await task.onStart?.(first);
    if (first === 0 && task.onRehearsed) {
      task.onRehearsed(await rehearsed(trainer, source, learningRate));
    }
    started = performance.now();
    for (let step = first; step < config.steps; step++) {
      const lr = learningRate(step);
      const micro = await source.next();
      warn(micro);
      warnOfCrowds(micro);
      const outcome = await trainer.run(micro, step, lr).catch((error) => {
        throw interrupted(error, step, written);
      });
      await average?.update(step);
      const done = step + 1;
      last = done;
      await task.onStep?.({ step: done, lr, ...outcome });
      const isLookedAt = isValidated(done);
      const isOver = isLookedAt &&
        await decided(
          ranks,
          async () => await task.onValidation?.(done, wholeOf(await result())) ?? false,
        );
      const isStopped = await decided(ranks, () => stop?.aborted ?? false);
      const isDue = isLookedAt || done % config.checkpointEvery === 0 || ends.includes(done) ||
        isStopped;
      if (isDue && checkpoint && ranks.rank === 0) {
        await checkpoint.write(run, {
          steps: done,
          values: new Map([...await trainer.state(), ...await average?.state() ?? []]),
        });
        written = done;
      }
      if (isStopped) {
        task.onStopped?.(done);
        throw stop?.reason ?? new Error("Stopped with the first of the processes");
      }
      if (isOver) break;
    }
    weights = await result();
  } finally {
    await source.close();
    await average?.release();
    await trainer.release();
  }
  const seconds = (performance.now() - started) / 1000;
  const images = (last - first) * config.batch * config.accumulate;
  return {
    weights: wholeOf(weights),
    learned: new Map(learnedNames(graph).map((name) => [name, weights.get(name)!])),
    steps: last,
    imagesPerSecond: images ? images / seconds : null,
  };
}

/** How many objects of a crop a network learns from. */
function roomFor({ family, config }: Architecture): number | null {
  return family.queries?.(config).objects ?? null;
}

/** Which run a checkpoint belongs to, as JSON. */
function runText(config: TrainConfig, { classes }: Dataset): string {
  const { maxPixels: _, ...decisive } = savedConfig(config); // a limit changes no result
  return JSON.stringify({ config: decisive, classes });
}

/** The run before it was made longer, whose checkpoint is its own too; null where it never was. */
function shorterOf(config: TrainConfig): TrainConfig | null {
  const before = config.continued?.at(-1);
  if (before === undefined) return null;
  const earlier = config.continued!.slice(0, -1);
  return { ...config, steps: before, continued: earlier.length > 0 ? earlier : null };
}

const REHEARSED = 3;

/** The median of the seconds that each of the first steps takes, with its batches; nothing is trained. */
async function rehearsed(
  trainer: Trainer,
  source: ReturnType<typeof microBatches>,
  learningRate: (step: number) => number,
): Promise<number> {
  const seconds: number[] = [];
  const taken: Batch[][] = [];
  for (let step = 0; step < REHEARSED; step++) {
    const started = performance.now();
    taken.push(await source.next());
    await trainer.rehearse(taken[step]!, step, learningRate(step));
    seconds.push((performance.now() - started) / 1000);
  }
  source.putBack(taken);
  return median(seconds);
}

/** The parameters that a step changes, with the statistics that it moves. */
function learnedNames({ trained, net }: StepGraph): string[] {
  return [...trained, ...net.updates.keys()];
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
function microBatches(
  dataset: Dataset,
  config: TrainConfig,
  first: number,
  byClass: readonly (readonly number[])[] | null,
  { rank, size }: Ranks,
) {
  const { batch, accumulate, seed } = config;
  const drawn = { batch, augmentation: augmentationOf(config), seed, byClass };
  const source = batches(dataset, { ...drawn, from: first * accumulate + rank, every: size });
  const back: Batch[][] = [];
  return {
    next: async (): Promise<Batch[]> => {
      const known = back.shift();
      if (known) return known;
      const taken = [];
      for (let micro = 0; micro < accumulate / size; micro++) {
        taken.push((await source.next()).value);
      }
      return taken;
    },
    /** Gives batches again that were taken, in their order. */
    putBack: (taken: readonly Batch[][]) => void back.push(...taken),
    close: () => source.return(undefined),
  };
}
