import type { NDArray } from "../array.ts";
import type { Batch } from "../data/batches.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { resident } from "../runtime/here.ts";
import { type AverageRule, WeightAverage } from "./average.ts";
import { DeviceAverage } from "./device_average.ts";
import { DeviceStep } from "./device_step.ts";
import { type StepConfig, type StepResult, TrainStep } from "./step.ts";
import type { StepGraph } from "./step_graph.ts";

/** A model in training, wherever its weights are. */
export interface Trainer {
  /** All parameters, and what the optimizer remembers, by name. */
  state(): Map<string, NDArray> | Promise<Map<string, NDArray>>;
  /** One optimizer step, counted from 0. */
  run(batches: readonly Batch[], step: number, lr: number): Promise<StepResult>;
  /** Does the work of `run` and leaves no trace. */
  rehearse(batches: readonly Batch[], step: number, lr: number): Promise<void>;
  /** Gives the memory back. */
  release(): Promise<void>;
}

type Weights = ReadonlyMap<string, NDArray>;

/** The parameters alone, without what the optimizer remembers. */
export async function weightsOf(trainer: Trainer, { net }: StepGraph): Promise<Weights> {
  const state = await trainer.state();
  return new Map([...net.parameters.keys()].map((name) => [name, state.get(name)!]));
}

/** The moving average of a trainer's weights, wherever they are. */
export interface Averaging {
  /** Takes the weights after an update, counted from 0, into it. */
  update(update: number): Promise<void>;
  /** The average by the weights' names. */
  weights(): Weights | Promise<Weights>;
  /** The average as a checkpoint holds it. */
  state(): [string, NDArray][] | Promise<[string, NDArray][]>;
  /** Gives the memory back. */
  release(): Promise<void>;
}

/** The average of a trainer's weights; it begins with them, or with what a checkpoint `saved`. */
export async function averagingOf(
  trainer: Trainer,
  graph: StepGraph,
  rule: AverageRule,
  { threads, saved = new Map() }: {
    readonly threads: number;
    readonly saved?: Weights | undefined;
  },
): Promise<Averaging> {
  const first = await weightsOf(trainer, graph);
  if (trainer instanceof DeviceStep) {
    return await DeviceAverage.compile(rule, trainer, first, saved, threads);
  }
  const average = new WeightAverage(rule, first, saved);
  return {
    update: async (update) => average.update(update, await weightsOf(trainer, graph)),
    weights: () => average.weights(),
    state: () => average.state(),
    release: () => Promise.resolve(),
  };
}

/**
 * The trainer of a model: on WebGPU, one whose weights stay on the device, unless several processes share the
 * steps, which add up gradients in this process's memory, or this is a browser.
 */
export async function trainerOf(
  graph: StepGraph,
  config: StepConfig,
  values: ReadonlyMap<string, NDArray>,
  ranks: Ranks,
): Promise<Trainer> {
  return config.provider === "webgpu" && ranks.size === 1 && resident !== null
    ? await DeviceStep.compile(graph, config, values)
    : await TrainStep.compile(graph, config, values, ranks);
}
