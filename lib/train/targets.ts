import type { Fed, Matching, Truth } from "../nn/model.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Random } from "../random.ts";
import { Program } from "../runtime/program.ts";
import type { SessionOptions } from "../runtime/platform.ts";
import { value, type Values, zerosFor } from "../runtime/value.ts";

/**
 * The first part of a step whose loss has targets that only a look at the network's answer gives: a forward pass,
 * and the decision.
 */
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
   * What the second part is fed beside images, labels and parameters: what the matching gives and, of the first part
   * on the same `feeds`, what that decides and saves, whose memory the next run writes again. `progress` is the
   * share of the training that is done.
   */
  async find(feeds: Values, truth: Truth, random: Random, progress: number): Promise<Values> {
    const given = this.matching.given(truth, random, progress);
    await this.first.runInto({ ...feeds, ...values(given) }, this.results);
    const needs = Object.keys(this.matching.needs).map((name) => {
      const { shape, data } = this.results[name]!;
      return [name, { shape, data: data as Float32Array }] as const;
    });
    const targets = this.matching.targets(Object.fromEntries(needs), given);
    return { ...values({ ...given, ...targets }), ...this.results };
  }

  async release(): Promise<void> {
    await this.first.release();
  }
}

function values(fed: Readonly<Record<string, Fed>>): Values {
  return Object.fromEntries(
    Object.entries(fed).map(([name, { shape, data }]) => [name, value(data, shape)]),
  );
}
