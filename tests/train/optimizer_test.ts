import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import {
  type Group,
  hyperInputs,
  hyperValues,
  type Optimizer,
  stateNames,
  update,
} from "../../lib/train/optimizer.ts";
import { assertWithin, golden, goldenTest } from "../golden.ts";

const file = await golden("optim");
const names = file.names("in/param/");
/** Steps of the file's trajectories. */
const STEPS = file.stored(`in/grads/${names[0]}`).shape[0]!;

/** One update of every parameter of the file as a graph; `next/` stands before what it gives. */
function updateGraph(optimizer: Optimizer, group: (name: string) => Group): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const { shape } = file.stored(`in/param/${name}`);
    const state = Object.fromEntries(
      stateNames(optimizer).map((key) => [key, input(`${key}/${name}`, shape)]),
    );
    const gradient = input(`gradient/${name}`, shape);
    const weight = input(name, shape);
    const next = update(optimizer, weight, gradient, state, group(name), hyperInputs);
    outputs[`next/${name}`] = next.weight;
    for (const [key, y] of Object.entries(next.state)) outputs[`next/${key}/${name}`] = y;
  }
  return outputs;
}

/** Takes the file's steps and compares the parameters after each with the reference's. */
async function compare(
  setting: string,
  optimizer: Optimizer,
  lr: (step: number) => number,
  group: (name: string) => Group,
): Promise<void> {
  const outputs = updateGraph(optimizer, group);
  const program = await Program.compile(outputs, { provider: "cpu", threads: 1 });
  const values = new Map<string, NDArray>();
  for (const [name, { shape }] of Object.entries(outputs)) {
    values.set(name.slice("next/".length), { shape, data: new Float32Array(shapeSize(shape)) });
  }
  for (const name of names) values.set(name, file.tensor(`in/param/${name}`));

  for (let step = 0; step < STEPS; step++) {
    for (const name of names) {
      const { data, shape } = file.tensor(`in/grads/${name}`);
      values.set(`gradient/${name}`, { shape: shape.slice(1), data: row(data, step) });
    }
    const hyper = Object.entries(hyperValues(optimizer, lr(step), step)).map(([name, number]) =>
      [name, value(Float32Array.of(number), [])] as const
    );
    const fed = [...values].map(([name, { data, shape }]) => [name, value(data, shape)] as const);
    const results = await program.run(Object.fromEntries([...fed, ...hyper]));
    for (const [name, { shape, data }] of Object.entries(results)) {
      values.set(name.slice("next/".length), { shape, data: data as Float32Array });
    }
    for (const name of names) {
      const reference = row(file.tensor(`out/${setting}/${name}`).data, step);
      const largest = Math.max(...reference.map(Math.abs));
      const where = `${setting} ${name} after step ${step}`;
      assertWithin(values.get(name)!.data, reference, 1e-6 * largest, where);
    }
  }
  await program.release();
}

function row(data: Float32Array, step: number): Float32Array {
  const size = data.length / STEPS;
  return data.slice(step * size, (step + 1) * size);
}

function shapeSize(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The optimizer of a setting; what it leaves out is torch's default. */
// deno-lint-ignore no-explicit-any
function optimizerOf({ cls, momentum = 0, nesterov = false, betas, eps = 1e-8 }: any): Optimizer {
  return cls === "SGD"
    ? { name: "sgd", momentum, nesterov }
    : { name: "adamw", betas: betas ?? [0.9, 0.999], eps };
}

/** The decay of each parameter: a number for all, or words such as "1e-2 on all but b (0 on b)". */
function decayOf(
  { cls, weight_decay: decay = cls === "SGD" ? 0 : 0.01 }: { cls: string; weight_decay?: unknown },
): (name: string) => number {
  if (typeof decay === "number") return () => decay;
  const words = `${decay}`.match(/^(\S+) on all but (\w+) \((\S+) on \2\)$/);
  assert(words, `no weight decay is known by the words "${decay}"`);
  const [, most, exception, other] = words;
  return (name) => Number(name === exception ? other : most);
}

/** The settings of optimizers that we have: torch's Adam adds the decay to the gradient. */
const settings = file.cases(({ config }) =>
  Object.keys(config).filter((name) => ["SGD", "AdamW"].includes(config[name].cls))
);

for (const setting of settings) {
  const { name } = setting;
  const config = file.config[name] ?? file.own?.config[name];
  const rates = file.tensors.has(`out/${name}/lr`) ? file.numbers(`out/${name}/lr`) : undefined;
  const rateOf = (step: number) => rates?.[step] ?? config.lr;
  const weightDecay = (name: string) => decayOf(config)(name);

  goldenTest(
    `update() gives torch's weights in all steps when set as ${name}`,
    setting,
    async () => {
      const group = (name: string) => ({ lrScale: 1, weightDecay: weightDecay(name) });
      await compare(name, optimizerOf(config), rateOf, group);
    },
  );

  goldenTest(
    `update() multiplies the rate by a group's scale when set as ${name}`,
    setting,
    async () => {
      const group = (name: string) => ({ lrScale: 10, weightDecay: weightDecay(name) });
      await compare(name, optimizerOf(config), (step) => rateOf(step) / 10, group);
    },
  );

  if (rates) continue; // a shift is part of one rate
  goldenTest(
    `update() adds a group's shift to the scaled rate when set as ${name}`,
    setting,
    async () => {
      const shifted = { lrScale: 11, lrShift: -config.lr / 10 };
      const group = (name: string) => ({ ...shifted, weightDecay: weightDecay(name) });
      await compare(name, optimizerOf(config), () => config.lr / 10, group);
    },
  );
}

Deno.test("stateNames() are torch's when an optimizer remembers", () => {
  const sgd = (momentum: number) => stateNames({ name: "sgd", momentum, nesterov: false });
  assertEquals(sgd(0), []);
  assertEquals(sgd(0.9), ["momentum_buffer"]);
  const adamw: Optimizer = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 };
  assertEquals(stateNames(adamw), ["exp_avg", "exp_avg_sq"]);
});
