import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import type { Batch } from "../../lib/data/batches.ts";
import { initialize } from "../../lib/nn/init.ts";
import { batchNorm, conv } from "../../lib/nn/convolution.ts";
import { PLAIN_LOSS } from "../../lib/nn/losses/options.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import type { Optimizer } from "../../lib/train/optimizer.ts";
import { type StepConfig, type StepResult, TrainStep } from "../../lib/train/step.ts";
import { stepGraph } from "../../lib/train/step_graph.ts";
import { assertWithin } from "../golden.ts";
import { tinyBatch, tinyModel, tinyStep } from "./tiny.ts";
import { assertSame } from "../same.ts";

const LR = 0.05;
const adamw: Optimizer = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 };

type State = Map<string, NDArray>;

function copy(state: State): State {
  return new Map(
    [...state].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

interface Run {
  readonly results: readonly StepResult[];
  readonly state: State;
}

/** Steps `from` to `to` of a tiny model, from its first values or those given. */
async function train(
  changes: Partial<StepConfig>,
  { rate = 0, from = 0, to = 1, values = null as State | null, micro = [tinyBatch] } = {},
): Promise<Run> {
  const config = { ...tinyStep, ...changes };
  const graph = stepGraph(tinyModel(rate), config);
  const first = values ?? initialize(graph.net.parameters, 1);
  const trainer = await TrainStep.compile(graph, config, copy(first));
  const results: StepResult[] = [];
  for (let step = from; step < to; step++) {
    results.push(await trainer.run(micro.map((batch) => batch(step)), step, LR));
  }
  const state = copy(trainer.state());
  await trainer.release();
  return { results, state };
}

/** Names of the parameters that differ between two states. */
function changed(before: State, after: State): string[] {
  return [...before].filter(([name, { data }]) =>
    data.some((x, i) => x !== after.get(name)!.data[i])
  ).map(([name]) => name);
}

function firstValues(): State {
  return initialize(stepGraph(tinyModel(0), tinyStep).net.parameters, 1);
}

for (const optimizer of [tinyStep.optimizer, adamw]) {
  Deno.test(`TrainStep.run() lowers the loss when ${optimizer.name} repeats a batch`, async () => {
    const batch: Batch = tinyBatch(0);
    const labels = { ...batch.labels, data: batch.labels.data.map((_, i) => i % 32 < 16 ? 1 : 2) };
    const micro = [() => ({ ...batch, labels })];
    const { results } = await train({ optimizer }, { to: 8, micro });
    const losses = results.map(({ loss }) => loss);
    assert(losses.at(-1)! < 0.9 * losses[0]!, `losses: ${losses}`);
  });

  Deno.test(`state() continues ${optimizer.name} to the bit in another trainer`, async () => {
    const whole = await train({ optimizer }, { to: 4, rate: 0.2 });
    const begun = await train({ optimizer }, { to: 2, rate: 0.2 });
    const rest = await train({ optimizer }, { from: 2, to: 4, rate: 0.2, values: begun.state });
    assertEquals([...begun.results, ...rest.results], whole.results);
    assertSame(rest.state, whole.state);
  });
}

Deno.test("TrainStep.run() equals one large batch when it accumulates", async () => {
  const whole = await train({}, { to: 2 });
  const quarters = [0, 1, 2, 3].map((first) => (step: number) => tinyBatch(step, first, 1));
  const parts = await train({ batch: 1, accumulate: 4 }, { to: 2, micro: quarters });
  for (const [step, { loss, gradientNorm }] of whole.results.entries()) {
    assertAlmostEquals(parts.results[step]!.loss, loss, 1e-5 * loss);
    assertAlmostEquals(parts.results[step]!.gradientNorm, gradientNorm, 1e-4 * gradientNorm);
  }
  const before = firstValues();
  for (const [name, { data }] of whole.state) {
    const start = before.get(name)?.data ?? new Float32Array(data.length);
    const change = data.reduce((most, x, i) => Math.max(most, Math.abs(x - start[i]!)), 0);
    assertWithin(parts.state.get(name)!.data, data, 1e-3 * change + 1e-7, name);
  }
});

Deno.test("TrainStep.run() draws other masks when micro-batch, step or seed differ", async () => {
  const same = () => tinyBatch(0);
  const still = () => ({ lrScale: 0, weightDecay: 0 });
  const losses = async (changes: Partial<StepConfig>, micro: (() => Batch)[]) => {
    const { results } = await train({ group: still, ...changes }, { rate: 0.2, to: 2, micro });
    return results.map(({ loss }) => loss);
  };
  const steps = await losses({}, [same]);
  const seeds = await losses({ seed: 4 }, [same]);
  const twice = await losses({ accumulate: 2 }, [same, same]); // the mean of two micro-batches
  assertEquals(new Set([...steps, ...seeds, ...twice]).size, 6);
});

Deno.test("TrainStep.run() shortens the gradient to the clip when its norm is larger", async () => {
  const sgd: Optimizer = { name: "sgd", momentum: 0, nesterov: false };
  const before = firstValues();
  const stepLength = ({ state }: Run) => {
    const squares = [...state].map(([name, { data }]) =>
      data.reduce((sum, x, i) => sum + (x - before.get(name)!.data[i]!) ** 2, 0)
    );
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  };
  const free = await train({ optimizer: sgd });
  const { gradientNorm } = free.results[0]!;
  assertAlmostEquals(stepLength(free), LR * gradientNorm, 1e-4 * LR * gradientNorm);

  const clipped = await train({ optimizer: sgd, clip: gradientNorm / 5 });
  assertEquals(clipped.results, free.results); // the norm is that before clipping
  assertAlmostEquals(stepLength(clipped), LR * gradientNorm / 5, 1e-4 * LR * gradientNorm);

  const loose = await train({ optimizer: sgd, clip: gradientNorm * 5 });
  assertSame(loose, free);
});

Deno.test("TrainStep.run() leaves parameters alone when the loss needs none", async () => {
  const { state } = await train({ group: () => ({ lrScale: 1, weightDecay: 0.1 }) });
  const before = firstValues();
  const trained = changed(before, state);
  const still = [...before.keys()].filter((name) => !trained.includes(name));
  assertEquals(still, ["encoder.head.weight", "encoder.head.bias"]);
});

Deno.test("TrainStep.run() scales the rate by the group when one is given for a name", async () => {
  const group = (name: string) => ({ lrScale: name.startsWith("decoder") ? 1 : 0, weightDecay: 0 });
  const { state } = await train({ group });
  const before = firstValues();
  const decoder = [...before.keys()].filter((name) => name.startsWith("decoder"));
  assertEquals(changed(before, state), decoder);
});

Deno.test("TrainStep.run() has loss 0 and changes nothing when no pixel has a label", async () => {
  const unlabelled = () => {
    const batch = tinyBatch(0);
    batch.labels.data.fill(255);
    return batch;
  };
  for (const mean of ["labelled", "all"] as const) {
    const { results, state } = await train({ loss: { ...PLAIN_LOSS, mean } }, {
      micro: [unlabelled],
    });
    assertEquals(results.map(({ loss, gradientNorm }) => [Math.abs(loss), gradientNorm]), [[0, 0]]);
    assertEquals(changed(firstValues(), state), []);
  }
});

Deno.test("TrainStep.run() divides by all pixels where mmseg's mean is asked for", async () => {
  const half = () => {
    const batch = tinyBatch(0);
    batch.labels.data.fill(255, 0, batch.labels.data.length / 2);
    return batch;
  };
  const [labelled, all] = await Promise.all((["labelled", "all"] as const).map(async (mean) => {
    return (await train({ loss: { ...PLAIN_LOSS, mean } }, { micro: [half] })).results[0]!;
  }));
  assertAlmostEquals(all!.loss, labelled!.loss / 2, 1e-6);
  assertAlmostEquals(all!.gradientNorm, labelled!.gradientNorm / 2, 1e-5);
});

Deno.test("TrainStep.run() names the loss when an image holds NaN", async () => {
  const broken = () => {
    const batch = tinyBatch(0);
    batch.images.data[100] = NaN;
    return batch;
  };
  const error = await assertRejects(
    () => train({}, { from: 7, to: 8, micro: [broken] }),
    RangeError,
  );
  assertEquals(
    error.message,
    "Cannot go on training after step 7: the loss needs to be finite, got NaN; " +
      "lower the learning rate or look at the batch of this step",
  );
});

Deno.test("TrainStep.run() names the parameter when its gradient is not finite", async () => {
  const values = firstValues();
  values.get("decoder.mask_norm.weight")!.data.fill(1e25); // the loss is finite, about 1e25
  const error = await assertRejects(() => train({}, { values }), RangeError);
  assertStringIncludes(
    error.message,
    "after step 0: the gradient of encoder.cls_token needs to be finite, got Infinity",
  );
});

Deno.test("TrainStep.compile() names the parameter when a value is missing", async () => {
  const values = firstValues();
  values.delete("decoder.cls_emb");
  await assertRejects(() => train({}, { values }), TypeError, 'got none for "decoder.cls_emb"');
});

Deno.test("TrainStep.run() updates batch norms that the loss does not depend on", async () => {
  const model = pixelModel((p, images) => {
    const [, , height, width] = images.dims(4);
    const stem = conv(p.at("stem"), images, { out: 4, kernel: 4, stride: 4, bias: true });
    batchNorm(
      p.at("aside").at(1),
      conv(p.at("aside").at(0), stem, { out: 2, kernel: 1, bias: true }),
    );
    return { map: stem, height, width };
  });
  const graph = stepGraph(model, tinyStep);
  const before = initialize(graph.net.parameters, 1);
  const trainer = await TrainStep.compile(graph, tinyStep, copy(before));
  await trainer.run([tinyBatch(0)], 0, LR);
  const names = ["stem.weight", "stem.bias", "aside.1.running_mean", "aside.1.running_var"];
  assertEquals(changed(before, trainer.state()), names);
  await trainer.release();
});
