import type { NDArray } from "../array.ts";
import type { Batch } from "../data/batches.ts";
import type { Ranks } from "../ranks/ranks.ts";
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

/**
 * The trainer of a model: on WebGPU, one whose weights stay on the device, unless several processes share the
 * steps, which add up gradients in this process's memory.
 */
export async function trainerOf(
  graph: StepGraph,
  config: StepConfig,
  values: ReadonlyMap<string, NDArray>,
  ranks: Ranks,
): Promise<Trainer> {
  return config.provider === "webgpu" && ranks.size === 1
    ? await DeviceStep.compile(graph, config, values)
    : await TrainStep.compile(graph, config, values, ranks);
}
