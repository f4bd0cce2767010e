import { value, type Values } from "../runtime/value.ts";
import { hyperValues } from "./optimizer.ts";
import type { StepGraphConfig } from "./step_graph.ts";

/** The scalars that change from step to step. */
export function hyperFeeds(
  { optimizer, encoderRate }: Pick<StepGraphConfig, "optimizer" | "encoderRate">,
  lr: number,
  step: number,
): Values {
  const numbers = {
    ...hyperValues(optimizer, lr, step),
    ...encoderRate && { encoder_lr: encoderRate.lr(step) },
  };
  return Object.fromEntries(
    Object.entries(numbers)
      .map(([name, number]) => [name, value(Float32Array.of(number), [])]),
  );
}
