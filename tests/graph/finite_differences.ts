import { assert, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { gradients } from "../../lib/graph/gradients.ts";
import { sum } from "../../lib/graph/ops/broadcast.ts";
import { add, mul } from "../../lib/graph/ops/math.ts";
import { reshape } from "../../lib/graph/ops/structure.ts";
import { constant, input, nodesOf, type Shape, type Tensor } from "../../lib/graph/tensor.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { randomArray } from "../random_array.ts";

type Build = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** A graph to differentiate: its inputs are standard normal numbers, mapped by `values`. */
export interface Case {
  readonly shapes: readonly Shape[];
  readonly build: Build;
  readonly values: (normal: number) => number;
  /** False where the operation passes no gradient on. */
  readonly smooth: boolean;
}

/** A case whose every input gets a gradient. */
export function of(
  shapes: readonly Shape[],
  build: Build,
  values = (normal: number) => normal,
): Case {
  return { shapes, build, values, smooth: true };
}

/** A case in which no input gets a gradient: comparisons and casts. */
export function flat(shapes: readonly Shape[], build: Build): Case {
  return { shapes, build, values: (normal) => normal, smooth: false };
}

/** Fails unless the case's graph has a node of the rule. */
export function assertUses(test: Case, rule: string): void {
  const nodes = nodesOf(outputsOf(test, inputsOf(test)));
  assert(nodes.some((node) => node.rule.name === rule), `the case of ${rule} does not use it`);
}

/** A case with numbers: its outputs and their gradients by each input, and the inputs' values. */
export interface Numbered {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly at: readonly NDArray[];
}

/** A case's outputs `y0` … and gradients `dx0` … at the numbers that are of its name. */
export function numbered(name: string, test: Case): Numbered {
  const inputs = inputsOf(test);
  const ys = outputsOf(test, inputs);
  const gradientsOf = () => gradients(total(ys), inputs).map((dx, i) => [`dx${i}`, dx] as const);
  return {
    outputs: Object.fromEntries([
      ...ys.map((y, i) => [`y${i}`, y] as const),
      ...test.smooth ? gradientsOf() : [],
    ]),
    at: inputs.map(({ shape }, i) => {
      return { shape, data: randomArray(`${name}/${i}`, shape).data.map(test.values) };
    }),
  };
}

/** Fails if an input gets a gradient. */
export function assertNoGradient(test: Case): void {
  const inputs = inputsOf(test);
  const loss = total(outputsOf(test, inputs));
  for (const x of inputs) assertThrows(() => gradients(loss, [x]), RangeError, "does not depend");
}

/**
 * Along a random direction of each input, the slope of `total` must equal the gradient's inner
 * product with it. Sums are made in 64 bits here and Richardson's extrapolation of two central
 * differences has an error of h⁴: the slopes of 32-bit outputs are then right to 1e-4 of the
 * gradient's length or better, and 1e-3 is allowed.
 */
export async function assertDifferences(name: string, test: Case): Promise<void> {
  const inputs = inputsOf(test);
  const ys = outputsOf(test, inputs);
  const { outputs, at } = numbered(name, test);
  const program = await Program.compile(outputs, { provider: "cpu", threads: 1 });
  const run = (arrays: readonly NDArray[]) =>
    program.run(
      Object.fromEntries(arrays.map(({ data, shape }, i) => [`x${i}`, value(data, shape)])),
    );
  const totalAt = async (arrays: readonly NDArray[]) => {
    const results = await run(arrays);
    const terms = ys.map((y, i) => dot(results[`y${i}`]!.data as Float32Array, upstream(y, i)));
    return terms.reduce((sum, term) => sum + term, 0);
  };

  const results = await run(at);
  for (const [i, { shape }] of inputs.entries()) {
    const direction = randomArray(`${name}/${i}/direction`, shape).data;
    const gradient = results[`dx${i}`]!.data as Float32Array;
    const slope = await slopeAt0((step) => totalAt(at.with(i, moved(at[i]!, direction, step))));
    const own = dot(gradient, direction);
    const bound = 1e-3 * Math.sqrt(dot(gradient, gradient));
    assert(
      bound > 0 && Math.abs(slope - own) < bound,
      `${name}, input ${i}: the slope is ${slope}, by the gradient it is ${own}, ±${bound}`,
    );
  }
  await program.release();
}

function inputsOf({ shapes }: Case): Tensor[] {
  return shapes.map((shape, i) => input(`x${i}`, shape));
}

function outputsOf({ build }: Case, inputs: readonly Tensor[]): readonly Tensor[] {
  return [build(...inputs)].flat();
}

/** The sum of all elements of all outputs, each weighted by a random number: a scalar. */
function total(outputs: readonly Tensor[]): Tensor {
  return outputs.map((y, i) => {
    const weighted = mul(y, constant(upstream(y, i), y.shape));
    return reshape(sum(weighted, [...y.shape.keys()]), []);
  }).reduce(add);
}

function upstream({ shape }: Tensor, i: number): Float32Array {
  return randomArray(`upstream/${i}`, shape).data;
}

async function slopeAt0(f: (step: number) => Promise<number>): Promise<number> {
  const central = async (h: number) => (await f(h) - await f(-h)) / (2 * h);
  return (4 * await central(0.01) - await central(0.02)) / 3;
}

function moved({ shape, data }: NDArray, direction: Float32Array, step: number): NDArray {
  return { shape, data: data.map((x, i) => x + step * direction[i]!) };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
