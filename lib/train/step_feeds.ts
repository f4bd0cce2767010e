import { value, type Values } from "../runtime/value.ts";
import { hyperValues, type Optimizer } from "./optimizer.ts";

/** The scalars that change from step to step. */
export function hyperFeeds(optimizer: Optimizer, lr: number, step: number): Values {
  return Object.fromEntries(
    Object.entries(hyperValues(optimizer, lr, step))
      .map(([name, number]) => [name, value(Float32Array.of(number), [])]),
  );
}
