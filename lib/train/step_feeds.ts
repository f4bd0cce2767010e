import { stream } from "../random.ts";
import { value, type Values } from "../runtime/value.ts";
import { hyperValues, type Optimizer } from "./optimizer.ts";
import type { StepGraph } from "./step_graph.ts";

/** The scalars that change from step to step. */
export function hyperFeeds(optimizer: Optimizer, lr: number, step: number): Values {
  return Object.fromEntries(
    Object.entries(hyperValues(optimizer, lr, step))
      .map(([name, number]) => [name, value(Float32Array.of(number), [])]),
  );
}

/** What a forward pass decides of the loss's targets, from what it `found`, where the model has such. */
export function targetsOf(
  { matching }: StepGraph,
  found: Values,
  seed: number,
  step: number,
  micro: number,
): Values {
  const needs = Object.entries(found).map(([name, { shape, data }]) =>
    [name, { shape, data: data as Float32Array }] as const
  );
  const random = stream(`targets/${step}/${micro}`, seed);
  const targets = matching!.targets(Object.fromEntries(needs), random);
  return Object.fromEntries(
    Object.entries(targets).map(([name, { shape, data }]) => [name, value(data, shape)]),
  );
}
