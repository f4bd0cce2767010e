import type { Tensor } from "../graph/tensor.ts";
import type { Fed, Matching, Truth } from "../nn/model.ts";
import { type Random, stream } from "../random.ts";
import { Program } from "../runtime/program.ts";
import type { SessionOptions } from "../runtime/platform.ts";
import { value, type Values, zerosFor } from "../runtime/value.ts";

/** What random numbers and what falls in the course of a training depend on. */
interface Course {
  readonly seed: number;
  readonly steps: number;
}

/** What both parts of a step are fed, whose loss has targets that only a look at the network's answer gives. */
export type Given = ReturnType<Matching["given"]>;

/** What is given for a micro-batch: its random numbers are its own, whatever else was drawn. */
export function givenFor(
  matching: Matching,
  truth: Truth,
  { seed, steps }: Course,
  step: number,
  micro: number,
): Given {
  const random: Random = stream(`targets/${step}/${micro}`, seed);
  return matching.given(truth, random, step / steps);
}

/** What the second part is fed: what is given, and what is decided by what the first part `found`. */
export function decidedBy(matching: Matching, found: Values, given: Given): Values {
  const needs = Object.keys(matching.needs).map((name) => {
    const { shape, data } = found[name]!;
    return [name, { shape, data: data as Float32Array }] as const;
  });
  return valuesOf({ ...given, ...matching.targets(Object.fromEntries(needs), given) });
}

/** Numbers as a program takes them. */
export function valuesOf(fed: Readonly<Record<string, Fed>>): Values {
  return Object.fromEntries(
    Object.entries(fed).map(([name, { shape, data }]) => [name, value(data, shape)]),
  );
}

/** The first part of such a step on the processor: a forward pass, and the decision. */
export class Targets {
  private constructor(
    private readonly matching: Matching,
    private readonly first: Program,
    private readonly results: Values,
  ) {}

  /** Compiles the graph of what the decision needs, and of what the second part takes over as `saved/0` … */
  static async compile(
    matching: Matching,
    first: Readonly<Record<string, Tensor>>,
    options: SessionOptions,
  ): Promise<Targets> {
    const results = Object.fromEntries(
      Object.entries(first).map(([name, tensor]) => [name, zerosFor(tensor)]),
    );
    return new Targets(matching, await Program.compile(first, options), results);
  }

  /**
   * What the second part is fed beside images, labels and parameters: what is given and, of the first part on the
   * same `feeds`, what that decides and saves, whose memory the next run writes again.
   */
  async find(
    feeds: Values,
    truth: Truth,
    config: Course,
    step: number,
    micro: number,
  ): Promise<Values> {
    const given = givenFor(this.matching, truth, config, step, micro);
    await this.first.runInto({ ...feeds, ...valuesOf(given) }, this.results);
    return { ...decidedBy(this.matching, this.results, given), ...this.results };
  }

  async release(): Promise<void> {
    await this.first.release();
  }
}
