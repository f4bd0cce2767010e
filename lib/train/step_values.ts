import { type NDArray, sizeOf } from "../array.ts";
import { inputsOf } from "../graph/tensor.ts";
import { type Value, value, type Values } from "../runtime/value.ts";
import { type Optimizer, stateNames } from "./optimizer.ts";
import type { StepGraph } from "./step_graph.ts";

/** The values that a training begins with, by what becomes of them. */
export interface StepValues {
  /** The weights that learn. */
  readonly weights: Values;
  /** What the optimizer remembers of each, as `STATE/NAME`. */
  readonly memory: Values;
  /** The model's statistics, which each micro-batch moves. */
  readonly buffers: Values;
  /** What the step reads and never changes: frozen weights. */
  readonly fixed: Values;
  /** All parameters that nothing changes, used or not. */
  readonly untrained: ReadonlyMap<string, NDArray>;
}

/**
 * Sorts the values of a training. `values` holds each parameter by name and, where a run goes on, what the optimizer
 * remembers, which begins as zeros otherwise. Their memory is shared.
 */
export function stepValues(
  { graphs, first, net: { parameters, updates }, trained }: StepGraph,
  optimizer: Optimizer,
  values: ReadonlyMap<string, NDArray>,
): StepValues {
  const from = (names: readonly string[]): Values =>
    Object.fromEntries(names.map((name) => [name, asValue(required(values, name))]));
  const learning = new Set(trained);
  const needed = inputsOf([
    ...Object.values(first),
    ...Object.values("apply" in graphs ? graphs.apply : graphs.collect),
  ]); // by a buffer's update, though not by the loss
  const weights = from(trained);
  const others = [...parameters.keys()].filter((name) => !learning.has(name) && !updates.has(name));
  const remembered = trained.flatMap((name) =>
    stateNames(optimizer).map((state) => {
      const key = `${state}/${name}`;
      const saved = values.get(key);
      return [key, saved ? asValue(saved) : blank(weights[name]!)] as const;
    })
  );
  return {
    untrained: new Map(others.map((name) => [name, required(values, name)])),
    fixed: from(others.filter((name) => needed.has(parameters.get(name)!.tensor))),
    weights,
    memory: Object.fromEntries(remembered),
    buffers: from([...updates.keys()]),
  };
}

/** Zeros of another value's shape. */
export function blank({ shape }: Pick<Value, "shape">): Value {
  return value(new Float32Array(sizeOf(shape)), shape);
}

/** An array as a program takes it, on the same memory. */
export function asValue({ shape, data }: NDArray): Value {
  return value(data, shape);
}

function required(values: ReadonlyMap<string, NDArray>, name: string): NDArray {
  const found = values.get(name);
  if (found) return found;
  throw new TypeError(`Cannot train: a value for each parameter needed, got none for "${name}"`);
}
