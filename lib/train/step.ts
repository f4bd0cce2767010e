import type { NDArray } from "../array.ts";
import type { Batch } from "../data/batches.ts";
import { BUFFER_KEEP } from "../nn/convolution.ts";
import { ALONE, type Ranks } from "../ranks/ranks.ts";
import { numbersSummed, sumInOrder, type Term } from "../ranks/sum_in_order.ts";
import type { Provider } from "../runtime/platform.ts";
import { Program } from "../runtime/program.ts";
import { type Value, value, type Values } from "../runtime/value.ts";
import { drawMasks } from "./masks.ts";
import { checkedNorm } from "./checked_norm.ts";
import { hyperFeeds } from "./step_feeds.ts";
import { asValue, blank, stepValues } from "./step_values.ts";
import { GRADIENT, NEXT, type StepGraph, type StepGraphConfig, SUM } from "./step_graph.ts";
import { Targets } from "./targets.ts";

/** How a model is stepped, and what its random masks and sums depend on. */
export interface StepConfig extends StepGraphConfig {
  /** ONNX Runtime's intra-op threads; sums depend on it. */
  readonly threads: number;
  /** What computes; the processor if not given. */
  readonly provider?: Provider;
  readonly seed: number;
  /** Steps of the whole run: some losses change in its course. */
  readonly steps: number;
}

/** What a step says of itself. */
export interface StepResult {
  /** The mean over the step's micro-batches. */
  readonly loss: number;
  /** Euclidean norm of all gradients together, before clipping. */
  readonly gradientNorm: number;
}

/** A step of one micro-batch, or of several whose gradients are added in between. */
type Programs =
  | { readonly apply: Program }
  | { readonly collect: Program; readonly update: Program };

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
    private readonly targets: Targets | null,
    private readonly programs: Programs,
    private readonly untrained: ReadonlyMap<string, NDArray>,
    private readonly fixed: Values,
    private weights: Values,
    private spare: Values,
    private readonly memory: Values,
    private readonly buffers: Values,
    private readonly sums: Values,
    private readonly ranks: Ranks,
    /** What a micro-batch gives, of which sums and buffers are made; empty where it is the whole step. */
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
    const { threads, accumulate, optimizer, provider = "cpu" } = config;
    const { matching, first } = graph;
    const on = { provider, threads };
    const targets = matching ? await Targets.compile(matching, first, on) : null;
    if (accumulate % ranks.size !== 0) {
      throw new RangeError(
        `Cannot share a step of ${accumulate} micro-batches (accumulate) between ${ranks.size} ` +
          `processes: as many or a multiple needed`,
      );
    }
    const { graphs } = graph;
    const programs = "apply" in graphs ? { apply: await Program.compile(graphs.apply, on) } : {
      collect: await Program.compile(graphs.collect, on),
      update: await Program.compile(graphs.update, on),
    };
    const { untrained, fixed, weights, memory, buffers } = stepValues(graph, optimizer, values);
    return new TrainStep(
      config,
      graph,
      targets,
      programs,
      untrained,
      fixed,
      weights,
      blanks(weights),
      memory,
      buffers,
      accumulate > 1 ? blanks(weights, SUM) : {},
      ranks,
      accumulate === 1 ? {} : { ...blanks(weights, GRADIENT), ...blanks(buffers, NEXT) },
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
    const gradientNorm = checkedNorm(
      this.graph.trained,
      step,
      loss,
      this.squares.data as Float32Array,
    );
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
    const hyper = hyperFeeds(this.config, lr, step);
    const next = {
      squares: this.squares,
      ...prefixed(NEXT, this.spare),
      ...prefixed(NEXT, this.memory),
    };
    if ("apply" in this.programs) {
      const feeds = { ...await this.feeds(batches[0]!, step, 0), ...this.memory, ...hyper };
      const fetches = { loss: this.loss, ...next, ...prefixed(NEXT, this.buffers) };
      await this.programs.apply.runInto(feeds, fetches);
      return number(this.loss);
    }
    const loss = await this.collect(this.programs.collect, batches, step);
    const feeds = { ...this.weights, ...this.sums, ...this.memory, ...hyper };
    await this.programs.update.runInto(feeds, next);
    return loss / this.config.accumulate;
  }

  /**
   * Sums up losses and gradients of all micro-batches, and moves the buffers, one micro-batch after the other:
   * each rank computes one in a round.
   */
  private async collect(
    program: Program,
    batches: readonly Batch[],
    step: number,
  ): Promise<number> {
    const { rank, size } = this.ranks;
    const zeros = Object.fromEntries(
      Object.entries(this.buffers).map(([name, { shape, data }]) =>
        [name, value(new Float32Array(data.length), shape)] as const
      ),
    );
    const termOf = (total: Value, own: string, keep: number): Term => ({
      total: total.data as Float32Array,
      own: this.added[own]!.data as Float32Array,
      keep,
    });
    const terms = [
      ...this.graph.trained.map((name) => termOf(this.sums[SUM + name]!, GRADIENT + name, 1)),
      ...Object.entries(this.buffers).map(([name, y]) => termOf(y, NEXT + name, BUFFER_KEEP)),
    ];
    for (const sum of Object.values(this.sums)) (sum.data as Float32Array).fill(0);
    let loss = 0;
    for (const [round, batch] of batches.entries()) {
      const feeds = { ...await this.feeds(batch, step, round * size + rank), ...zeros };
      await program.runInto(feeds, { loss: this.loss, ...this.added });
      loss = numbersSummed(this.ranks, loss, number(this.loss));
      sumInOrder(this.ranks, terms);
    }
    return loss;
  }

  async release(): Promise<void> {
    await this.targets?.release();
    for (const program of Object.values(this.programs)) await program.release();
  }

  private async feeds(batch: Batch, step: number, micro: number): Promise<Values> {
    const { images, labels } = batch;
    const masks = drawMasks(this.graph.net.noise, this.config.seed, step, micro);
    const feeds = {
      images: asValue(images),
      labels: value(labels.data, labels.shape),
      ...Object.fromEntries([...masks].map(([name, mask]) => [name, asValue(mask)])),
      ...this.fixed,
      ...this.weights,
      ...this.buffers,
    };
    if (!this.targets) return feeds;
    return { ...feeds, ...await this.targets.find(feeds, batch, this.config, step, micro) };
  }
}

function blanks(like: Values, prefix = ""): Values {
  return Object.fromEntries(Object.entries(like).map(([name, y]) => [prefix + name, blank(y)]));
}

function prefixed(prefix: string, tensors: Values): Values {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
}

function number({ data }: Value): number {
  return (data as Float32Array)[0]!;
}
