import { assertEquals } from "@std/assert";
import { type AverageRule, averageRule, decayAt, WeightAverage } from "../../lib/train/average.ts";
import { assertOutput, golden, goldenTest } from "../golden.ts";

const file = await golden("next/train_helpers");

/** timm's settings under our names. */
function ruleOf(config: Record<string, number | boolean>): AverageRule {
  return {
    decay: config.decay as number,
    warmUp: (config.use_warmup as boolean | undefined) ?? false,
    gamma: (config.warmup_gamma as number | undefined) ?? 1,
    power: (config.warmup_power as number | undefined) ?? 2 / 3,
    after: (config.update_after_step as number | undefined) ?? 0,
    minimum: (config.min_decay as number | undefined) ?? 0,
  };
}

/** The state of a model at an index of the file's stacks [states, ...shape], floats alone. */
function stateAt(prefix: string, index: number) {
  const names = file.names(prefix).filter((name) => !/decay|num_batches/.test(name));
  return new Map(names.map((name) => {
    const { shape: [count, ...shape], data } = file.tensor(prefix + name);
    const size = data.length / count!;
    return [name, { shape, data: data.slice(index * size, (index + 1) * size) }];
  }));
}

const { ema = {} } = file.config;
for (const name of Object.keys(ema)) {
  goldenTest(`WeightAverage follows weights as timm's ModelEmaV3: ${name}`, file, () => {
    const rule = ruleOf(ema[name]);
    const decays = file.numbers(`out/ema/${name}/decay`);
    const average = new WeightAverage(rule, stateAt("in/ema/", 0));
    for (const [update, decay] of decays.entries()) {
      const ours = decayAt(update, rule);
      assertEquals(Math.abs(ours - decay) < 1e-12, true, `update ${update}: ${ours}, not ${decay}`);
      average.update(update, stateAt("in/ema/", update + 1));
      for (const [key, reference] of stateAt(`out/ema/${name}/`, update)) {
        assertOutput(average.weights().get(key)!, reference, `${key} after update ${update}`);
      }
    }
  });
}

Deno.test("WeightAverage goes on from its state as if it had never stopped", () => {
  const weights = (x: number) => new Map([["w", { shape: [2], data: Float32Array.of(x, -x) }]]);
  const whole = new WeightAverage(averageRule(0.9), weights(0));
  const first = new WeightAverage(averageRule(0.9), weights(0));
  for (let i = 0; i < 3; i++) for (const average of [whole, first]) average.update(i, weights(i));
  const second = new WeightAverage(averageRule(0.9), weights(9), new Map(first.state()));
  for (let i = 3; i < 6; i++) for (const average of [whole, second]) average.update(i, weights(i));
  assertEquals(second.weights(), whole.weights());
});
