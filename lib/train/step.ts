import { type NDArray, sizeOf } from "../array.ts";
import type { Batch } from "../data/batches.ts";
import { stream } from "../random.ts";
import { BUFFER_KEEP } from "../nn/convolution.ts";
import { ALONE, type Ranks } from "../ranks/ranks.ts";
import { numbersSummed, sumInOrder, type Term } from "../ranks/sum_in_order.ts";
import { inputsOf } from "../graph/tensor.ts";
import { Program } from "../runtime/program.ts";
import { type Value, value, type Values } from "../runtime/value.ts";
import { drawMasks } from "./masks.ts";
import { hyperValues, stateNames } from "./optimizer.ts";
import type { StepGraph, StepGraphConfig } from "./step_graph.ts";

/** How a model is stepped, and what its random masks and sums depend on. */
export interface StepConfig extends StepGraphConfig {
  /** ONNX Runtime's intra-op threads; sums depend on it. */
  readonly threads: number;
  readonly seed: number;
}

/** What a step says of itself. */
export interface StepResult {
  /** The mean over the step's micro-batches. */
  readonly loss: number;
  /** Euclidean norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
}

/** A loss or a gradient that is not finite: training cannot go on. */
export class NotFinite extends RangeError {
  override name = "RangeError";
}

interface Programs {
  readonly match: Program | null;
  /** Where several micro-batches make a step. */
  readonly collect: Program | null;
  /** The last micro-batch and the step; null where the ranks' sums come in between. */
  readonly apply: Program | null;
  /** The step alone; null where this process has all of it. */
  readonly update: Program | null;
}

/**
 * A model in training. Weights live in two sets of arrays, one read while the other is written; what
 * the optimizer remembers, the model's buffers and the sums of gradients are updated in place, since
 * nothing reads an old value once the new one is written. Where several ranks make a step, each computes some
 * of its micro-batches, and all of them the same step, to the bytes that one process gets.
 */
export class TrainStep {
  private readonly loss = value(new Float32Array(1), []);
  private readonly squares: Value;

  private constructor(
    private readonly config: StepConfig,
    private readonly graph: StepGraph,
    private readonly programs: Programs,
    private readonly untrained: ReadonlyMap<string, NDArray>,
    private readonly fixed: Values,
    private weights: Values,
    private spare: Values,
    private readonly memory: Values,
    private readonly buffers: Values,
    private readonly sums: Values,
    private readonly ranks: Ranks,
    /** What a micro-batch of this rank adds to sums and buffers; empty where it is alone. */
    private readonly added: Values,
  ) {
    this.squares = value(new Float32Array(graph.trained.length), [graph.trained.length]);
  }

  /**
   * Compiles the step of a model. `values` holds each parameter by name and, where a run goes on, what
   * the optimizer remembers as `STATE/NAME`; its arrays become the trainer's own.
   */
  static async compile(
    graph: StepGraph,
    config: StepConfig,
    values: ReadonlyMap<string, NDArray>,
    ranks: Ranks = ALONE,
  ): Promise<TrainStep> {
    const { threads, accumulate, optimizer } = config;
    const { matching } = graph;
    const on = { provider: "cpu", threads } as const;
    const match = matching ? await Program.compile(matching.needs, on) : null;
    const isAlone = ranks.size === 1;
    if (accumulate % ranks.size !== 0) {
      throw new RangeError(
        `Cannot share a step of ${accumulate} micro-batches (accumulate) between ${ranks.size} ` +
          `processes: as many or a multiple needed`,
      );
    }
    const collect = accumulate > 1 ? await Program.compile(graph.collect, on) : null;
    const apply = isAlone ? await Program.compile(graph.apply, on) : null;
    const update = isAlone ? null : await Program.compile(graph.update, on);
    const trained = new Set(graph.trained);
    const weights = own(graph.trained, (name) => required(values, name));
    const blank = (name: string): NDArray => {
      const { shape } = values.get(name)!;
      return { shape, data: new Float32Array(sizeOf(shape)) };
    };
    const remembered = graph.trained.flatMap((name) =>
      stateNames(optimizer).map((state) => [`${state}/${name}`, name] as const)
    );
    const memory = Object.fromEntries(
      remembered.map(([key, name]) => [key, tensor(values.get(key) ?? blank(name))]),
    );
    const { parameters, updates } = graph.net;
    const needed = inputsOf(Object.values(graph.apply)); // by a buffer's update, though not by the loss
    const others = [...parameters.keys()].filter((name) =>
      !trained.has(name) && !updates.has(name)
    );
    return new TrainStep(
      config,
      graph,
      { match, collect, apply, update },
      new Map(others.map((name) => [name, required(values, name)])),
      own(others.filter((name) => needed.has(parameters.get(name)!.tensor)), (name) => {
        return required(values, name);
      }),
      weights,
      own(graph.trained, blank),
      memory,
      own([...updates.keys()], (name) => required(values, name)),
      own(accumulate > 1 ? graph.trained : [], blank, "sum/"),
      ranks,
      isAlone ? {} : { ...own(graph.trained, blank, "sum/"), ...own([...updates.keys()], blank) },
    );
  }

  /** All parameters, and what the optimizer remembers, by name: the trainer's memory, no copies. */
  state(): Map<string, NDArray> {
    const live = Object.entries({ ...this.weights, ...this.buffers, ...this.memory });
    const arrays = live.map(([name, { shape, data }]) =>
      [name, { shape, data: data as Float32Array }] as const
    );
    return new Map([...this.untrained, ...arrays]);
  }

  /**
   * One optimizer step, counted from 0, on as many micro-batches as the config accumulates; of these on the
   * ones of this rank, which are every `size`-th from its own number on.
   */
  async run(batches: readonly Batch[], step: number, lr: number): Promise<StepResult> {
    const loss = await this.compute(batches, step, lr);
    const gradientNorm = this.checkFinite(step, loss, this.squares.data as Float32Array);
    [this.weights, this.spare] = [this.spare, this.weights];
    return { loss, gradientNorm };
  }

  /** Does the work of `run` and leaves no trace, while the optimizer remembers nothing: before step 0. */
  async rehearse(batches: readonly Batch[], step: number, lr: number): Promise<void> {
    const before = Object.values(this.buffers).map(({ data }) => data.slice());
    await this.compute(batches, step, lr);
    for (const [i, { data }] of Object.values(this.buffers).entries()) {
      (data as Float32Array).set(before[i] as Float32Array);
    }
    for (const { data } of Object.values(this.memory)) (data as Float32Array).fill(0);
  }

  /** The mean loss; the next weights land in the spare arrays, all else in place. */
  private async compute(batches: readonly Batch[], step: number, lr: number): Promise<number> {
    const needed = this.config.accumulate / this.ranks.size;
    if (batches.length !== needed) {
      throw new RangeError(`Cannot step: ${needed} micro-batches needed, got ${batches.length}`);
    }
    for (const sum of Object.values(this.sums)) (sum.data as Float32Array).fill(0);
    const hyper = Object.fromEntries(
      Object.entries(hyperValues(this.config.optimizer, lr, step))
        .map(([name, number]) => [name, value(Float32Array.of(number), [])]),
    );
    const loss = this.ranks.size === 1
      ? await this.alone(batches, step, hyper)
      : await this.together(batches, step, hyper);
    return loss / this.config.accumulate;
  }

  /** The sum of the losses of all micro-batches, which this process computes itself. */
  private async alone(batches: readonly Batch[], step: number, hyper: Values): Promise<number> {
    const { collect, apply } = this.programs;
    let loss = 0;
    for (const [micro, batch] of batches.slice(0, -1).entries()) {
      const fetches = {
        loss: this.loss,
        ...prefixed("next/", this.buffers),
        ...prefixed("next/", this.sums),
      };
      await collect!.runInto(await this.feeds(batch, step, micro), fetches);
      loss += number(this.loss);
    }
    await apply!.runInto(
      { ...await this.feeds(batches.at(-1)!, step, batches.length - 1), ...this.memory, ...hyper },
      {
        loss: this.loss,
        squares: this.squares,
        ...prefixed("next/", this.spare),
        ...prefixed("next/", this.buffers),
        ...prefixed("next/", this.memory),
      },
    );
    return loss + number(this.loss);
  }

  /** The same where the ranks compute a micro-batch each, round by round. */
  private async together(batches: readonly Batch[], step: number, hyper: Values): Promise<number> {
    const { collect, update } = this.programs;
    const { rank, size } = this.ranks;
    const totals = { ...this.sums, ...this.buffers };
    const terms = Object.entries(this.added).map(([name, { data }]): Term => ({
      total: totals[name]!.data as Float32Array,
      own: data as Float32Array,
      keep: name in this.buffers ? BUFFER_KEEP : 1,
    }));
    let loss = 0;
    for (const [round, batch] of batches.entries()) {
      for (const { own } of terms) own.fill(0);
      const feeds = { ...await this.feeds(batch, step, round * size + rank), ...this.added };
      await collect!.runInto(feeds, { loss: this.loss, ...prefixed("next/", this.added) });
      loss = numbersSummed(this.ranks, loss, number(this.loss));
      sumInOrder(this.ranks, terms);
    }
    await update!.runInto({ ...this.weights, ...this.sums, ...this.memory, ...hyper }, {
      squares: this.squares,
      ...prefixed("next/", this.spare),
      ...prefixed("next/", this.memory),
    });
    return loss;
  }

  async release(): Promise<void> {
    await this.programs.match?.release();
    await this.programs.collect?.release();
    await this.programs.apply?.release();
    await this.programs.update?.release();
  }

  private async feeds({ images, labels }: Batch, step: number, micro: number): Promise<Values> {
    const masks = drawMasks(this.graph.net.noise, this.config.seed, step, micro);
    const feeds = {
      images: tensor(images),
      labels: value(labels.data, labels.shape),
      ...Object.fromEntries([...masks].map(([name, mask]) => [name, tensor(mask)])),
      ...this.fixed,
      ...this.weights,
      ...this.buffers,
    };
    return { ...feeds, ...this.sums, ...await this.targets(feeds, step, micro) };
  }

  /** What a forward pass decides of the loss's targets, where the model has such. */
  private async targets(feeds: Values, step: number, micro: number): Promise<Values> {
    const { match } = this.programs;
    if (!match) return {};
    const found = Object.entries(await match.run(feeds)).map(([name, { shape, data }]) =>
      [name, { shape, data: data as Float32Array }] as const
    );
    const random = stream(`targets/${step}/${micro}`, this.config.seed);
    const targets = this.graph.matching!.targets(Object.fromEntries(found), random);
    return Object.fromEntries(Object.entries(targets).map(([name, y]) => [name, tensor(y)]));
  }

  /** The norm of all gradients; the first value that is not finite is an error that names it. */
  private checkFinite(step: number, loss: number, squares: Float32Array): number {
    const fail = (what: string, value: number) => {
      throw new NotFinite(
        `Cannot go on training after step ${step}: ${what} needs to be finite, got ${value}; ` +
          `lower the learning rate or look at the batch of this step`,
      );
    };
    if (!Number.isFinite(loss)) fail("the loss", loss);
    const bad = squares.findIndex((square) => !Number.isFinite(square));
    if (bad >= 0) fail(`the gradient of ${this.graph.trained[bad]}`, squares[bad]!);
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  }
}

function own(names: readonly string[], make: (name: string) => NDArray, prefix = ""): Values {
  return Object.fromEntries(names.map((name) => [prefix + name, tensor(make(name))]));
}

function prefixed(prefix: string, tensors: Values): Values {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
}

function required(values: ReadonlyMap<string, NDArray>, name: string): NDArray {
  const found = values.get(name);
  if (found) return found;
  throw new TypeError(`Cannot train: a value for each parameter needed, got none for "${name}"`);
}

function tensor({ shape, data }: NDArray): Value {
  return value(data, shape);
}

function number({ data }: Value): number {
  return (data as Float32Array)[0]!;
}
