/** A step in which the encoder follows a learning rate of its own. */
import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { inEncoder } from "../../lib/families/tuning.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { initialize } from "../../lib/nn/init.ts";
import { inputsOf } from "../../lib/graph/tensor.ts";
import { encoderInputs } from "../../lib/train/optimizer.ts";
import { type StepConfig, TrainStep } from "../../lib/train/step.ts";
import { type StepGraph, stepGraph } from "../../lib/train/step_graph.ts";
import { twoStage } from "../../lib/train/schedule.ts";
import { difference } from "../same.ts";
import { tinyBatch, tinyModel, tinySegmenter, tinyStep } from "./tiny.ts";

const follows = inEncoder({ family: segmenterFamily, config: tinySegmenter(0) });
const adamw = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 } as const;
/** Layers of other rates and with weight decay. */
const group = (name: string) => ({ lrScale: follows(name) ? 0.8 : 1, weightDecay: 0.05 });

/** Weights before the first step and after each step, by their names. */
async function weightsOf(
  changes: Partial<StepConfig>,
  rates: readonly number[],
): Promise<{ readonly graph: StepGraph; readonly after: ReadonlyMap<string, NDArray>[] }> {
  const config = { ...tinyStep, batch: 2, optimizer: adamw, group, ...changes };
  const graph = stepGraph(tinyModel(0), config);
  const copied = (state: ReadonlyMap<string, NDArray>) =>
    new Map(graph.trained.map((name) => {
      const { shape, data } = state.get(name)!;
      return [name, { shape, data: data.slice() }];
    }));
  const trainer = await TrainStep.compile(graph, config, initialize(graph.net.parameters, 1));
  const after = [copied(trainer.state())];
  for (const [step, lr] of rates.entries()) {
    const micro = Array.from({ length: config.accumulate }, (_, i) => tinyBatch(step, 2 * i, 2));
    await trainer.run(micro, step, lr);
    after.push(copied(trainer.state()));
  }
  await trainer.release();
  return { graph, after };
}

/** The names of what differs, to the bit. */
function moved(before: ReadonlyMap<string, NDArray>, after: ReadonlyMap<string, NDArray>) {
  return [...before].filter(([name, array]) => difference(after.get(name), array, name))
    .map(([name]) => name);
}

for (const accumulate of [1, 2]) {
  Deno.test(`the encoder stays to the bit until the rest is warm (accumulate ${accumulate})`, async () => {
    const schedule = { base: 0.01, power: 0.9, total: 10 };
    const lr = (step: number) => twoStage(step, { ...schedule, wait: 2, warmup: 4 });
    const rest = (step: number) => twoStage(step, { ...schedule, wait: 0, warmup: 2 });
    const { graph, after } = await weightsOf(
      { accumulate, encoderRate: { follows, lr } },
      [0, 1, 2, 3].map(rest),
    );
    const others = graph.trained.filter((name) => !follows(name));
    assert(others.length > 0 && others.length < graph.trained.length);
    const changes = after.slice(1).map((weights, step) => moved(after[step]!, weights));
    // Rates of the rest 0, base / 2, base …; of the encoder 0, 0, 0, base / 4 …
    assertEquals(changes, [[], others, others, graph.trained]);
  });
}

Deno.test("a step takes each part by its own rate, as one of that rate for all does", async () => {
  const staged = await weightsOf({ encoderRate: { follows, lr: () => 0.03 } }, [0.01]);
  const [slow, fast] = [await weightsOf({}, [0.01]), await weightsOf({}, [0.03])];
  for (const name of staged.graph.trained) {
    const expected = (follows(name) ? fast : slow).after[1]!.get(name);
    assertEquals(staged.after[1]!.get(name), expected, name);
  }
  const isFed = ({ graphs }: StepGraph) =>
    inputsOf(Object.values("apply" in graphs ? graphs.apply : graphs.update)).has(encoderInputs.lr);
  assertEquals([isFed(staged.graph), isFed(slow.graph)], [true, false]);
});
