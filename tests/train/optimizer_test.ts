import { assertEquals } from "@std/assert";
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
import { assertWithin, golden } from "../golden.ts";

const file = await golden("optim");
const names = file.names("in/param/");
const STEPS = 12;

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

/** Takes the file's 12 steps and compares the parameters after each with the reference's. */
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

// deno-lint-ignore no-explicit-any
function optimizerOf(settings: any): Optimizer {
  return settings.cls === "SGD"
    ? { name: "sgd", momentum: settings.momentum, nesterov: settings.nesterov ?? false }
    : { name: "adamw", betas: settings.betas, eps: settings.eps };
}

// deno-lint-ignore no-explicit-any
for (const [setting, config] of Object.entries<any>(file.config)) {
  if (config.cls !== "SGD" && config.cls !== "AdamW" || setting === "sgd_poly") continue;
  Deno.test(`update() gives torch's weights in all 12 steps when set as ${setting}`, async () => {
    const group = { lrScale: 1, weightDecay: config.weight_decay ?? 0 };
    await compare(setting, optimizerOf(config), () => config.lr, () => group);
  });
}

Deno.test("update() gives torch's weights when groups decay apart and the rate falls", async () => {
  const rates = file.numbers("out/sgd_poly/lr");
  const optimizer: Optimizer = { name: "sgd", momentum: 0.9, nesterov: true };
  const group = (name: string) => ({ lrScale: 1, weightDecay: name === "b" ? 0 : 0.01 });
  await compare("sgd_poly", optimizer, (step) => rates[step]!, group);
});

for (const setting of ["sgd_mom_nesterov1_wd0.01", "adamw_big_lr"]) {
  Deno.test(`update() multiplies the rate by a group's scale when set as ${setting}`, async () => {
    const config = file.config[setting];
    const group = { lrScale: 10, weightDecay: config.weight_decay };
    await compare(setting, optimizerOf(config), () => config.lr / 10, () => group);
  });
}

Deno.test("update() adds a group's shift to the scaled rate", async () => {
  const setting = "sgd_mom_nesterov1_wd0.01";
  const { [setting]: config } = file.config;
  const group = { lrScale: 11, lrShift: -config.lr / 10, weightDecay: config.weight_decay };
  await compare(setting, optimizerOf(config), () => config.lr / 10, () => group);
});

Deno.test("stateNames() are torch's when an optimizer remembers", () => {
  const sgd = (momentum: number) => stateNames({ name: "sgd", momentum, nesterov: false });
  assertEquals(sgd(0), []);
  assertEquals(sgd(0.9), ["momentum_buffer"]);
  const adamw: Optimizer = { name: "adamw", betas: [0.9, 0.999], eps: 1e-8 };
  assertEquals(stateNames(adamw), ["exp_avg", "exp_avg_sq"]);
});
